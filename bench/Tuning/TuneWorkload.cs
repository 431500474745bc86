using DurableSink.Bench.Durable;
using DurableSink.Bench.FireAndForget;
using DurableSink.Bench.Measuring;
using DurableSink.Bench.Paced;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Tuning;

/// <summary>What the options that depend on the drive change on this one: no contest, but a way to choose them.</summary>
internal static class TuneWorkload
{
    private const string Cpu = "cpuPercent", FlushesPerSecond = "flushesPerSecond";
    private const int PerSecond = 20_000, Threads = 2;

    public static Workload Create() => new(
        "tune", $"options that depend on the drive; Always with 1 and 64 producers, or Batch at {PerSecond:#,0} events/s from {Threads} threads", 2,
        [
            .. Enum.GetValues<PreallocationMode>().Where(m => m != PreallocationMode.Auto).SelectMany(m => Always($"Preallocation = {m}", o => o.Preallocation = m)),
            .. Enum.GetValues<TailBlockMode>().SelectMany(m => Always($"TailBlock = {m}", o => o.TailBlock = m)),
            .. ((int[])[8, 64, 512]).SelectMany(m => Always($"SegmentBytes = {m} MiB", o => o.SegmentBytes = (long)m << 20)),
            .. ((int[])[1, 5, 20, 100]).Select(ms => Window(TimeSpan.FromMilliseconds(ms))),
        ],
        [Column.PerSecond("events/s"), .. Column.Latency, new(FlushesPerSecond, "flushes/s"), new(Cpu, "CPU %", "0")],
        []);

    private static IEnumerable<Case> Always(string name, Action<DurableLogOptions> choose) =>
    [
        new(name, 1, Kind.Ours, setup => setup.Warmed(s => WithCpu(s, () =>
        {
            using var log = new OurLog(s.Folder, choose);
            return Producers.Threads(log, 1, s.Seconds);
        }))),
        new(name, 64, Kind.Ours, setup => setup.Warmed(s => WithCpu(s, () =>
        {
            using var log = new OurLog(s.Folder, choose);
            return Producers.Tasks(log, 64, s.Seconds);
        }))),
    ];

    private static Case Window(TimeSpan window) => new($"BatchWindow = {window.TotalMilliseconds} ms", Threads, Kind.Ours, setup => setup.Warmed(s => WithCpu(s, () =>
    {
        using var counters = new EngineCounters();
        using var sink = FrameworkSink.Ours(CallStyle.Generated, s.Folder, o => o.BatchWindow = window);
        var latencies = Pacer.Run(Threads, PerSecond, s.Seconds, sink.Log);
        var events = latencies.Sum(l => l.Count);
        return new Figures { [Figure.PerSecond] = events / s.Seconds }.With(Latencies.Merge(latencies)).With(Figure.Flushes, (double?)counters.FlushesSoFar() / events);
    })));

    private static Figures WithCpu(Setup setup, Func<Figures> run)
    {
        var before = Environment.CpuUsage.TotalTime;
        var figures = run();
        figures[Cpu] = (Environment.CpuUsage.TotalTime - before).TotalSeconds / setup.Seconds * 100;
        if (figures.TryGetValue(Figure.Flushes, out var each)) figures[FlushesPerSecond] = each * figures[Figure.PerSecond];
        return figures;
    }
}
