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

    public static Counter<long> ForgottenKeys { get; } = Meter.CreateCounter<long>(
        "durablesink.idempotency_keys.forgotten", "{key}", "Idempotency keys forgotten before IdempotencyAge, because there were too many.");

    public static Histogram<double> CommitDuration { get; } = Meter.CreateHistogram<double>(
        "durablesink.commit.duration", "s", "Duration of one write with its flush.", tags: null, Buckets(
            0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30));

    public static Histogram<long> CommitEvents { get; } = Meter.CreateHistogram<long>(
        "durablesink.commit.events", "{event}", "Events that one flush made durable.", tags: null, Buckets<long>(
            1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000));

    public static Histogram<long> CommitBytes { get; } = Meter.CreateHistogram<long>(
        "durablesink.commit.bytes", "By", "Bytes of the lines that one flush made durable.", tags: null, Buckets<long>(
            256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20));

    static LogMeter()
    {
        UpDown("durablesink.waiters", "{caller}", "Callers who wait until their events are durable.", static s => s.Waiters);
        UpDown("durablesink.buffer.bytes", "By", "Memory that holds events which no flush has covered yet.", static s => s.BufferedBytes);
        Gauge("durablesink.sequence.accepted", "{event}", "Number of the last event that was accepted.", static s => s.Accepted);
        Gauge("durablesink.sequence.durable", "{event}", "All events up to this number are durable.", static s => s.Durable);
        Gauge("durablesink.direct_io", "{log}", "1 where segments bypass the page cache, else 0.", static s => s.IsDirectIO ? 1 : 0);
        // Told whenever somebody collects: a log opens before a host's collectors have started.
        Meter.CreateObservableCounter("durablesink.recovery.segments", () => Open.Keys.SelectMany(log => log.RecoveredSegments), "{segment}",
            "Segments that another run left and opening dealt with, by outcome.");
        Meter.CreateObservableCounter("durablesink.recovery.missing", () => Open.Keys.Select(log => log.RecoveredMissing), "{event}",
            "Sequence numbers that opening found missing for good.");
        Meter.CreateObservableUpDownCounter("durablesink.segments", Segments, "{segment}", "Segments on the drive, by state: active or sealed.");
    }

    /// <summary>From now on the log's state is measured, whenever somebody collects. <paramref name="read"/> must not wait.</summary>
    public static void Add(LogMetrics log, Func<LogState> read) => Open[log] = read;

    public static void Remove(LogMetrics log) => Open.TryRemove(log, out _);

    /// <summary>Collectors' own buckets begin at 5 s: every commit would be in the first.</summary>
    private static InstrumentAdvice<T> Buckets<T>(params T[] boundaries)
        where T : struct => new() { HistogramBucketBoundaries = boundaries };

    /// <summary>What has a sum over logs.</summary>
    private static void UpDown(string name, string unit, string description, Func<LogState, long> value) =>
        Meter.CreateObservableUpDownCounter(name, () => Open.Select(log => log.Key.Measure(value(log.Value()))), unit, description);

    /// <summary>What has none.</summary>
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
