using System.Security.Cryptography;
using DurableSink.PowerCut.Shipping;

namespace DurableSink.PowerCut;

/// <summary>Appends events from several producers at once, threads and tasks mixed, and lists what was acknowledged.</summary>
internal sealed class Writer : IAsyncDisposable
{
    private readonly DurableLog _log;
    private readonly LogShipping? _shipping;
    private readonly AcknowledgementFile _acknowledged;
    private readonly WriterSettings _settings;
    private ulong _nextId;

    public Writer(string directory, string acknowledgements, WriterSettings settings)
    {
        _settings = settings;
        _acknowledged = new(acknowledgements);
        _log = DurableLog.Open(settings.ToOptions(directory));
        if (settings.Ship is { } target) _shipping = new(_log, target, _acknowledged, settings.Put);
        // Ids of different runs on one directory (the rig's chains) never meet: each run begins at a random place.
        Span<byte> start = stackalloc byte[8];
        RandomNumberGenerator.Fill(start);
        _nextId = BitConverter.ToUInt64(start);
    }

    /// <summary>Runs until the process is killed, or each producer has appended its <see cref="WriterSettings.Events"/>. An error in any
    /// producer ends it at once.</summary>
    public async Task RunAsync()
    {
        var running = new List<Task>();
        var trouble = _shipping?.Trouble ?? new TaskCompletionSource().Task;
        for (var i = 0; i < _settings.Producers; i++)
        {
            var random = new SplitMix64(Interlocked.Increment(ref _nextId) * 31);
            running.Add(i % 2 == 0 ? OnThread(() => AppendFromThread(random)) : Task.Run(() => AppendFromTaskAsync(random)));
        }
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny([.. running, trouble]);
            running.Remove(ended);
            await ended;
        }
    }

    /// <summary>Seals what there is, and appends a few events to the segment that follows.</summary>
    public async Task BeginSegmentAsync(int events)
    {
        await _log.SealAsync();
        for (var i = 0; i < events; i++) await AppendAsync();
    }

    /// <summary>Ships what is sealed, where there is a target.</summary>
    public async Task ShipAllAsync()
    {
        if (_shipping is not null) await _shipping.ShipAllAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_shipping is not null) await _shipping.DisposeAsync();
        await _log.DisposeAsync();
        _acknowledged.Dispose();
    }

    // Synchronous producer. Under Always each Append returns durable; otherwise a few are accepted and one Flush covers them all.
    private void AppendFromThread(SplitMix64 random)
    {
        var accepted = new List<Acknowledgement>();
        for (var n = 0; _settings.Events == 0 || n < _settings.Events; n++)
        {
            var payload = NextPayload();
            var sequence = _log.Append(payload.ToEvent());
            if (_settings.Fsync == FsyncPolicy.Always || _settings.Acknowledge == AcknowledgeAt.Accepted)
            {
                _acknowledged.Add(sequence, payload.Id);
                continue;
            }
            accepted.Add(new(sequence, payload.Id));
            if (random.Below(8) != 0) continue;
            _log.Flush();
            foreach (var each in accepted) _acknowledged.Add(each.Sequence, each.Id);
            accepted.Clear();
        }
    }

    // Asynchronous producer: one event at a time, or a few in flight, and now and then a flush or a seal of its own.
    private async Task AppendFromTaskAsync(SplitMix64 random)
    {
        for (var n = 0; _settings.Events == 0 || n < _settings.Events; n++)
        {
            switch (random.Below(256))
            {
                case 0: await _log.SealAsync(); break;
                case < 4: await _log.FlushAsync(); break;
                case < 32: await Task.WhenAll(Enumerable.Range(0, 1 + random.Below(8)).Select(_ => AppendAsync())); break;
                default: await AppendAsync(); break;
            }
        }
    }

    private async Task AppendAsync()
    {
        var payload = NextPayload();
        if (_settings.Acknowledge == AcknowledgeAt.Accepted)
            _acknowledged.Add(_log.Append(payload.ToEvent()), payload.Id);
        else
            _acknowledged.Add(await _log.AppendAsync(payload.ToEvent()), payload.Id);
    }

    private Payload NextPayload() => Payload.Of(Interlocked.Increment(ref _nextId));

    private static Task OnThread(Action body)
    {
        var done = new TaskCompletionSource();
        new Thread(() =>
        {
            try
            {
                body();
                done.SetResult();
            }
            catch (Exception e) // handed to RunAsync, which ends the program with it
            {
                done.SetException(e);
            }
        })
        { IsBackground = true }.Start();
        return done.Task;
    }
}
