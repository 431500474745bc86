using DurableSink.Bench.Durable;
using DurableSink.Bench.FireAndForget;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Rolls;

/// <summary>W5: segments that are rolled at full speed, beside one that never is.</summary>
internal static class RollWorkload
{
    private const string Rolls = "rollsPerSecond";
    private const int Tasks = 64;
    private const string Durable = "durable, AppendAsync", Batch = "Batch, ILogger";
    private const string Never = "one segment", Default = "segments of 64 MiB", Small = "segments of 8 MiB";

    private static readonly (string Name, long Bytes)[] Sizes = [(Never, 1L << 40), (Default, 64L << 20), (Small, 8L << 20)];

    public static Workload Create() => new(
        "w5", "segments rolled at full speed, beside one that never is", 3,
        [
            .. Sizes.Select(size => new Case($"{Durable}, {size.Name}", Tasks, Kind.Ours, setup => setup.Warmed(s => MeasureDurable(size.Bytes, s)))),
            .. Sizes.Select(size => new Case($"{Batch}, {size.Name}", 1, Kind.Ours, setup => setup.Warmed(s => MeasureBatch(size.Bytes, s)))),
        ],
        [Column.PerSecond("events/s"), new(Rolls, "rolls/s", "0.0"), .. Column.Latency],
        [
            .. Sizes[1..].Select(size => Target.AtMost(1.2, $"durable, p99.9, {size.Name}: {Never}", r => ToNever(r, Durable, size.Name, Tasks))),
            .. Sizes[1..].Select(size => Target.AtMost(1.2, $"Batch, p99.9, {size.Name}: {Never}", r => ToNever(r, Batch, size.Name, 1))),
        ]);

    private static Spread? ToNever(Results r, string policy, string size, int producers) =>
        Results.Ratio(r.Find($"{policy}, {size}", producers), r.Find($"{policy}, {Never}", producers), Figure.P999);

    private static Figures MeasureDurable(long segmentBytes, Setup s)
    {
        using var writer = new OurLog(s.Folder, o => o.SegmentBytes = segmentBytes);
        return Producers.Tasks(writer, Tasks, s.Seconds).With(Rolls, RollsIn(s.Folder) / s.Seconds);
    }

    private static Figures MeasureBatch(long segmentBytes, Setup s) =>
        Flood.Measure(f => FrameworkSink.Ours(CallStyle.Generated, f, o => (o.SegmentBytes, o.RetainBytes) = (segmentBytes, null)), EventCount.InFiles, 1, s)
            .With(Rolls, RollsIn(s.Folder) / s.Seconds);

    private static int RollsIn(string folder) => Directory.EnumerateFiles(folder, "*.clef", SearchOption.AllDirectories).Count() - 1;
}
