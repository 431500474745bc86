using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace DurableSink.Diagnostics;

/// <summary>
/// The meter <c>DurableSink</c> (docs/OPERATIONS.md lists its instruments). Each measurement is tagged with <c>log</c>, the log's name,
/// and <c>directory</c>: two logs of a process may have one name.
/// </summary>
internal static class LogMeter
{
    private static readonly Meter Meter = new("DurableSink");
    private static readonly ConcurrentDictionary<LogMetrics, Func<LogState>> Open = new();

    public static Counter<long> Events { get; } = Meter.CreateCounter<long>("durablesink.events", "{event}", "Events made durable.");

    public static Counter<long> Bytes { get; } = Meter.CreateCounter<long>("durablesink.bytes", "By", "Bytes of the lines made durable.");

    public static Counter<long> Commits { get; } = Meter.CreateCounter<long>("durablesink.commits", "{commit}", "Writes of gathered events.");

    public static Counter<long> Flushes { get; } = Meter.CreateCounter<long>("durablesink.flushes", "{flush}", "Flushes of commits that succeeded.");

    public static Counter<long> Failures { get; } = Meter.CreateCounter<long>("durablesink.commit.failures", "{commit}", "Commits that failed.");

    public static Counter<long> SlowCalls { get; } = Meter.CreateCounter<long>(
        "durablesink.drive.slow", "{call}", "Writes or flushes that took longer than a second.");

    public static Counter<long> Dropped { get; } = Meter.CreateCounter<long>("durablesink.events.dropped", "{event}", "Events that were not accepted.");

    public static Counter<long> Lost { get; } = Meter.CreateCounter<long>(
        "durablesink.events.lost", "{event}", "Events that a logger could not hand to the log: it was not open, or the event could not be written.");

    public static Counter<long> InDoubt { get; } = Meter.CreateCounter<long>(
        "durablesink.events.in_doubt", "{event}", "Waits for durability that ended without it.");

    public static Counter<long> RecoveredSegments { get; } = Meter.CreateCounter<long>(
        "durablesink.recovery.segments", "{segment}", "Segments that another run left and opening dealt with, by outcome.");

    public static Counter<long> RecoveredMissing { get; } = Meter.CreateCounter<long>(
        "durablesink.recovery.missing", "{event}", "Sequence numbers that opening found missing for good.");

    public static Counter<long> ForgottenKeys { get; } = Meter.CreateCounter<long>(
        "durablesink.idempotency_keys.forgotten", "{key}", "Idempotency keys forgotten before IdempotencyAge, because there were too many.");

    public static Histogram<double> CommitDuration { get; } = Meter.CreateHistogram<double>(
        "durablesink.commit.duration", "s", "Duration of one write with its flush.");

    public static Histogram<long> CommitEvents { get; } = Meter.CreateHistogram<long>(
        "durablesink.commit.events", "{event}", "Events that one flush made durable.");

    public static Histogram<long> CommitBytes { get; } = Meter.CreateHistogram<long>(
        "durablesink.commit.bytes", "By", "Bytes of the lines that one flush made durable.");

    static LogMeter()
    {
        Gauge("durablesink.waiters", "{caller}", "Callers who wait until their events are durable.", static s => s.Waiters);
        Gauge("durablesink.buffer.bytes", "By", "Memory that holds events which no flush has covered yet.", static s => s.BufferedBytes);
        Gauge("durablesink.sequence.accepted", "{event}", "Number of the last event that was accepted.", static s => s.Accepted);
        Gauge("durablesink.sequence.durable", "{event}", "All events up to this number are durable.", static s => s.Durable);
        Gauge("durablesink.direct_io", "1", "1 where segments bypass the page cache, else 0.", static s => s.IsDirectIO ? 1 : 0);
        Meter.CreateObservableGauge("durablesink.segments", Segments, "{segment}", "Segments on the drive, by state: active or sealed.");
    }

    /// <summary>From now on the log's state is measured, whenever somebody collects. <paramref name="read"/> must not wait.</summary>
    public static void Add(LogMetrics log, Func<LogState> read) => Open[log] = read;

    public static void Remove(LogMetrics log) => Open.TryRemove(log, out _);

    private static void Gauge(string name, string unit, string description, Func<LogState, long> value) =>
        Meter.CreateObservableGauge(name, () => Open.Select(log => log.Key.Measure(value(log.Value()))), unit, description);

    private static IEnumerable<Measurement<long>> Segments()
    {
        foreach (var (log, read) in Open)
        {
            var state = read();
            yield return log.Measure(state.ActiveSegments, "state", "active");
            yield return log.Measure(state.SealedSegments, "state", "sealed");
        }
    }
}

/// <summary>A log at one moment.</summary>
internal readonly record struct LogState(
    long Waiters, long BufferedBytes, long Accepted, long Durable, bool IsDirectIO, long ActiveSegments, long SealedSegments);
