using DurableSink.Bench.Measuring;

namespace DurableSink.Bench.Workloads;

/// <summary>What all workloads on the engine share: a log under Always with default options, its counters, the sums at the end.</summary>
internal static class EngineRun
{
    public const FsyncPolicy Policy = FsyncPolicy.Always;

    private const int LinesMeasured = 1000;

    /// <summary>Opens a log, lets the producers run until they stop, and closes it. Opening and closing are not timed.</summary>
    public static Measurement Measure(string folder, double seconds, int producers, Action<DurableLog, Stopper, Latencies[]> run)
    {
        var latencies = Enumerable.Range(0, producers).Select(_ => new Latencies()).ToArray();
        double elapsed;
        bool isDirect;
        long? flushes;
        using (var counters = new EngineCounters())
        using (var log = DurableLog.Open(new DurableLogOptions { Directory = folder, LogName = "bench", Fsync = Policy }))
        {
            isDirect = log.IsDirectIO;
            var before = counters.FlushesSoFar();
            var stopper = new Stopper(seconds);
            run(log, stopper, latencies);
            elapsed = stopper.Elapsed;
            flushes = counters.FlushesSoFar() - before;
        }
        var events = latencies.Sum(l => (long)l.Count);
        var bytes = new DurableLogReader(folder).Read().Take(LinesMeasured).Average(r => r.Json.Length + 1.0);
        return new(events / elapsed, Latencies.Merge(latencies), (double?)flushes / events, bytes, isDirect);
    }
}
