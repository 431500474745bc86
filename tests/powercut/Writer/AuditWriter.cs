using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;

namespace DurableSink.PowerCut;

/// <summary>
/// What a server does with the orders of its clients: each event is written through the audit door under an idempotency key made of its id,
/// and tried again when its wait was cancelled, by two at once, or long after it was acknowledged. What was acknowledged is listed.
/// </summary>
internal sealed class AuditWriter : IAsyncDisposable
{
    private const int Remembered = 64;

    private readonly ServiceProvider _services;
    private readonly IAuditLog _audit;
    private readonly DurableLog _log;
    private readonly AcknowledgementFile _acknowledged;
    private readonly WriterSettings _settings;
    private ulong _nextId;

    public AuditWriter(string directory, string acknowledgements, WriterSettings settings)
    {
        (_settings, _acknowledged, _services) = (settings, new(acknowledgements), Services(directory, settings));
        _audit = _services.GetRequiredService<IAuditLog>();
        _log = LogOf(_services);
        Span<byte> start = stackalloc byte[8]; // as in Writer
        RandomNumberGenerator.Fill(start);
        _nextId = BitConverter.ToUInt64(start);
    }

    /// <summary>A container with the audit log in it, opened.</summary>
    public static ServiceProvider Services(string directory, WriterSettings settings)
    {
        var services = new ServiceCollection().AddDurableAudit(WriterSettings.LogName, options => settings.ApplyTo(options, directory)).BuildServiceProvider();
        _ = LogOf(services);
        return services;
    }

    public static DurableLog LogOf(IServiceProvider services) => services.GetRequiredKeyedService<DurableLog>(WriterSettings.LogName);

    /// <summary>Runs until the process is killed, or each producer has written its events.</summary>
    public async Task RunAsync() => await Task.WhenAll(Enumerable.Range(0, _settings.Producers).Select(_ => Task.Run(ProduceAsync)));

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _acknowledged.Dispose();
    }

    private async Task ProduceAsync()
    {
        var random = new SplitMix64(Interlocked.Increment(ref _nextId) * 31);
        var known = new Queue<(Payload Payload, AuditReceipt Receipt)>();
        for (var n = 0; _settings.Events == 0 || n < _settings.Events; n++)
        {
            var payload = Payload.Of(Interlocked.Increment(ref _nextId));
            var receipt = await WriteAsync(payload, random.Below(8));
            _acknowledged.Add(receipt.Sequence, payload.Id);
            known.Enqueue((payload, receipt));
            if (known.Count > Remembered) Check(known.Peek().Receipt, await Once(known.Dequeue().Payload));
            if (random.Below(256) == 0) await _log.SealAsync();
        }
    }

    private async Task<AuditReceipt> WriteAsync(Payload payload, int way)
    {
        if (way == 0)
        {
            var both = await Task.WhenAll(Once(payload), Once(payload));
            return Check(both[0], both[1]);
        }

        if (way > 1) return await Once(payload);
        using var source = new CancellationTokenSource();
        var first = Once(payload, source.Token);
        source.Cancel();
        try
        {
            return await first;
        }
        catch (DurableOutcomeUnknownException unknown)
        {
            var receipt = await Once(payload);
            if (receipt.Sequence != unknown.Sequence) throw new VerificationException($"event {unknown.Sequence} became {receipt.Sequence} when it was tried again");
            return receipt;
        }
    }

    /// <summary>As a client does: tried again until it is acknowledged, also where the drive stands still for longer than the log waits.</summary>
    private async Task<AuditReceipt> Once(Payload payload, CancellationToken token = default)
    {
        while (true)
        {
            try
            {
                return await _audit.WithIdempotencyKey(Payload.Text(payload.Id)).WriteAsync(payload.ToEvent(), token);
            }
            catch (DurableLogException inDoubt)
            {
                Console.WriteLine($"tried again: {inDoubt.Message}");
            }
        }
    }

    private static AuditReceipt Check(AuditReceipt one, AuditReceipt other) =>
        one == other ? one : throw new VerificationException($"tried again, {one} became {other}");
}
