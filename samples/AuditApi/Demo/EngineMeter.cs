using System.Diagnostics.Metrics;

namespace AuditApi.Demo;

/// <summary>Listens to the engine's meter "DurableSink", as any metrics exporter does, to the measurements of one log.</summary>
internal sealed class EngineMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<double> _commitSeconds = [];
    private long _events;
    private long _commits;
    private long _flushes;

    public EngineMeter(string log)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "DurableSink") listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument.Name, value, Is(tags, log)));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument.Name, value, Is(tags, log)));
        _listener.Start();
    }

    /// <summary>Events made durable.</summary>
    public long Events => Interlocked.Read(ref _events);

    public long Commits => Interlocked.Read(ref _commits);

    public long Flushes => Interlocked.Read(ref _flushes);

    public double[] CommitMilliseconds()
    {
        lock (_lock) return [.. _commitSeconds.Select(s => s * 1000)];
    }

    public void Dispose() => _listener.Dispose();

    private static bool Is(ReadOnlySpan<KeyValuePair<string, object?>> tags, string log)
    {
        foreach (var tag in tags)
            if (tag.Key == "log") return tag.Value is string name && name == log;
        return false;
    }

    private void Count(string instrument, long value, bool isMine)
    {
        if (!isMine) return;
        if (instrument == "durablesink.events") Interlocked.Add(ref _events, value);
        else if (instrument == "durablesink.commits") Interlocked.Add(ref _commits, value);
        else if (instrument == "durablesink.flushes") Interlocked.Add(ref _flushes, value);
    }

    private void Note(string instrument, double value, bool isMine)
    {
        if (!isMine || instrument != "durablesink.commit.duration") return;
        lock (_lock) _commitSeconds.Add(value);
    }
}
