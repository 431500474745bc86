using System.Diagnostics.Metrics;

namespace DurableSink.Diagnostics;

/// <summary>The instruments of meter <c>DurableSink</c>; each measurement is tagged with the log's name. <paramref name="log"/> is what
/// <see cref="Telling"/> knows the log by.</summary>
internal sealed class LogMetrics(string logName, object log)
{
    private static readonly Meter Meter = new("DurableSink");
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("durablesink.events", "{event}", "Events made durable.");
    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>("durablesink.bytes", "By", "Bytes of the lines made durable.");
    private static readonly Counter<long> Commits = Meter.CreateCounter<long>("durablesink.commits", "{commit}", "Writes of gathered events.");
    private static readonly Counter<long> Flushes = Meter.CreateCounter<long>("durablesink.flushes", "{flush}", "Flushes of commits that succeeded.");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("durablesink.commit.failures", "{commit}", "Commits that failed.");
    private static readonly Counter<long> Dropped = Meter.CreateCounter<long>("durablesink.events.dropped", "{event}", "Events that were not accepted.");
    private static readonly Counter<long> Lost = Meter.CreateCounter<long>(
        "durablesink.events.lost", "{event}", "Events that a logger could not hand to the log: it was not open, or the event could not be written.");
    private static readonly Counter<long> InDoubt = Meter.CreateCounter<long>(
        "durablesink.events.in_doubt", "{event}", "Waits for durability that ended without it.");
    private static readonly Histogram<double> CommitDuration = Meter.CreateHistogram<double>(
        "durablesink.commit.duration", "s", "Duration of one write with its flush.");

    private readonly KeyValuePair<string, object?> _log = new("log", logName);

    public void Committed(long events, long bytes, long flushes, double seconds)
    {
        Add(Events, events);
        Add(Bytes, bytes);
        Add(Commits, 1);
        Add(Flushes, flushes);
        if (!CommitDuration.Enabled || Telling.IsEndless) return;
        Telling.Begin(log);
        try
        {
            CommitDuration.Record(seconds, _log);
        }
        catch (Exception)
        {
            // As in Add.
        }
        finally
        {
            Telling.End();
        }
    }

    public void Failed() => Add(Failures, 1);

    public void Drop() => Add(Dropped, 1);

    public void Lose() => Add(Lost, 1);

    public void Doubt(long waits) => Add(InDoubt, waits);

    private void Add(Counter<long> counter, long delta)
    {
        if (delta == 0 || !counter.Enabled || Telling.IsEndless) return;
        Telling.Begin(log);
        try
        {
            counter.Add(delta, _log);
        }
        catch (Exception)
        {
            // A listener's callback runs here, on the thread that commits or logs: its failure is neither one's.
        }
        finally
        {
            Telling.End();
        }
    }
}
