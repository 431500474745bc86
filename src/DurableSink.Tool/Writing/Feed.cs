using DurableSink.Events;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Writing;

/// <summary>
/// Takes lines out of a stream into a log, on a thread of its own: a read cannot be ended by anybody. How far the input is durable can be
/// asked from any thread.
/// </summary>
internal sealed class Feed(DurableLog log, Stream input, Stream? tee, Surroundings world)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<(long Sequence, long Lines)> _accepted = new(); // after each read: the last event, and the lines up to it
    private readonly Lock _lock = new();
    private readonly InputEvent _event = new(world.Time);
    private Stream? _tee = tee;
    private long _lines;
    private long _lastSequence;
    private long _durableLines;
    private volatile bool _isStopped;

    /// <summary>Lines that became events, and of those the ones that were longer than the log takes.</summary>
    public long Events { get; private set; }

    public long Shortened { get; private set; }

    /// <summary>What ended it before the input did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Completes when the input is at its end, or the log takes no more.</summary>
    public Task Ended => _ended.Task;

    public long Lines => Interlocked.Read(ref _lines);

    public long LastSequence => Interlocked.Read(ref _lastSequence);

    /// <summary>The lines of the input up to this one are durable; a feeder that begins anew goes on behind it.</summary>
    public long DurableLines
    {
        get
        {
            var durable = log.DurableSequence;
            lock (_lock)
            {
                while (_accepted.TryPeek(out var next) && next.Sequence <= durable) _durableLines = _accepted.Dequeue().Lines;
                return _durableLines;
            }
        }
    }

    public void Start() => new Thread(Run) { IsBackground = true, Name = "durable-log input" }.Start();

    /// <summary>Nothing more is taken.</summary>
    public void Stop() => _isStopped = true;

    private void Run()
    {
        try
        {
            var lines = new InputLines(input, log.Options.MaxEventBytes);
            while (!_isStopped && lines.Read()) Take(lines);
        }
        catch (Exception e) // told by who waits
        {
            if (!_isStopped) Failure = e;
        }

        _ended.SetResult();
    }

    private void Take(InputLines lines)
    {
        var taken = 0;
        while (!_isStopped && lines.TryTake(out var line, out var skipped))
        {
            Append(line, skipped);
            taken++;
        }

        lock (_lock)
        {
            _lines += taken;
            _accepted.Enqueue((_lastSequence, _lines));
        }

        // What has come together shares a flush; under Always nothing is passed on, nor read, before it is durable.
        if (taken > 0 && log.Options.Fsync == FsyncPolicy.Always) log.Flush();
        _ = DurableLines; // forgets what need not be remembered
        Pass(lines.Raw);
    }

    private void Append(ReadOnlySpan<byte> line, long skipped)
    {
        var body = EventLine.Rent(log.MaxBodyBytes);
        try
        {
            if (!_event.TryWrite(body, line, skipped)) return;
            if (body.Length > log.MaxBodyBytes)
            {
                ShortenedEvent.Replace(body, log.MaxBodyBytes);
                Shortened++;
            }

            Interlocked.Exchange(ref _lastSequence, log.AppendLine(body.Bytes, waitDurable: false, told: true));
            Events++;
        }
        finally
        {
            EventLine.Return(body);
        }
    }

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _tee?.Write(bytes);
        }
        catch (BrokenPipeException)
        {
            _tee = null; // the log is what this is for
            world.Error.WriteLine($"{Tool.Name}: the reader of --tee has gone; the log goes on");
        }
    }
}
