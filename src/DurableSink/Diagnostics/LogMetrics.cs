using System.Diagnostics.Metrics;

namespace DurableSink.Diagnostics;

/// <summary>The instruments of meter <c>DurableSink</c>; each measurement is tagged with the log's name.</summary>
internal sealed class LogMetrics(string logName)
{
    private static readonly Meter Meter = new("DurableSink");
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("durablesink.events", "{event}", "Events made durable.");
    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>("durablesink.bytes", "By", "Bytes of the lines made durable.");
    private static readonly Counter<long> Commits = Meter.CreateCounter<long>("durablesink.commits", "{commit}", "Writes of gathered events.");
    private static readonly Counter<long> Flushes = Meter.CreateCounter<long>("durablesink.flushes", "{flush}", "Flushes of commits that succeeded.");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("durablesink.commit.failures", "{commit}", "Commits that failed.");
    private static readonly Counter<long> Dropped = Meter.CreateCounter<long>("durablesink.events.dropped", "{event}", "Events that were not accepted.");
    private static readonly Counter<long> InDoubt = Meter.CreateCounter<long>(
        "durablesink.events.in_doubt", "{event}", "Waits for durability that ended without it.");
    private static readonly Histogram<double> CommitDuration = Meter.CreateHistogram<double>(
        "durablesink.commit.duration", "s", "Duration of one write with its flush.");

    private readonly KeyValuePair<string, object?> _log = new("log", logName);

    public void Committed(long events, long bytes, long flushes, double seconds)
    {
        if (events > 0) Events.Add(events, _log);
        if (bytes > 0) Bytes.Add(bytes, _log);
        Commits.Add(1, _log);
        if (flushes > 0) Flushes.Add(flushes, _log);
        CommitDuration.Record(seconds, _log);
    }

    public void Failed() => Failures.Add(1, _log);

    public void Drop() => Dropped.Add(1, _log);

    public void Doubt(long waits) => InDoubt.Add(waits, _log);
}
