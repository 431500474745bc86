using System.Diagnostics.Metrics;

namespace DurableSink.Diagnostics;

/// <summary>What one log counts, as instruments of <see cref="LogMeter"/>. May be used from any thread; never throws.</summary>
/// <param name="logName">The log's name.</param>
/// <param name="directory">Its directory.</param>
/// <param name="log">What <see cref="Telling"/> knows it by.</param>
internal sealed class LogMetrics(string logName, string directory, object log)
{
    private readonly KeyValuePair<string, object?> _log = new("log", logName);
    private readonly KeyValuePair<string, object?> _directory = new("directory", directory);

    public void Committed(long events, long bytes, long flushes, double seconds)
    {
        Add(LogMeter.Events, events);
        Add(LogMeter.Bytes, bytes);
        Add(LogMeter.Commits, 1);
        Add(LogMeter.Flushes, flushes);
        Record(LogMeter.CommitDuration, seconds);
        if (events == 0) return;
        Record(LogMeter.CommitEvents, events);
        Record(LogMeter.CommitBytes, bytes);
    }

    public void Failed() => Add(LogMeter.Failures, 1);

    public void Drop() => Add(LogMeter.Dropped, 1);

    public void Lose() => Add(LogMeter.Lost, 1);

    public void Doubt(long waits) => Add(LogMeter.InDoubt, waits);

    public void ForgetKey() => Add(LogMeter.ForgottenKeys, 1);

    public void Slow() => Add(LogMeter.SlowCalls, 1);

    /// <summary>Before the log is measured.</summary>
    public void Recovered(RecoveryReport report)
    {
        RecoveredSegments = [.. report.Segments.CountBy(segment => segment.Outcome).Select(count => Measure(count.Value, "outcome", count.Key.ToString()))];
        RecoveredMissing = Measure(report.Missing.Sum(range => range.Last - range.First + 1));
    }

    public IReadOnlyList<Measurement<long>> RecoveredSegments { get; private set; } = [];

    public Measurement<long> RecoveredMissing { get; private set; }

    /// <summary>A measurement of this log.</summary>
    public Measurement<long> Measure(long value) => new(value, _log, _directory);

    public Measurement<long> Measure(long value, string key, string tag) => new(value, _log, _directory, new(key, tag));

    private void Add(Counter<long> counter, long delta)
    {
        if (delta == 0 || !counter.Enabled || Telling.IsEndless) return;
        Telling.Begin(log);
        try
        {
            counter.Add(delta, _log, _directory);
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

    private void Record<T>(Histogram<T> histogram, T value)
        where T : struct
    {
        if (!histogram.Enabled || Telling.IsEndless) return;
        Telling.Begin(log);
        try
        {
            histogram.Record(value, _log, _directory);
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
}
