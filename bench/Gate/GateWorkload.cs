using DurableSink.Bench.Durable;
using DurableSink.Bench.FireAndForget;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Gate;

/// <summary>
/// What every change is held against: ratios within one run, with bounds that a busy machine keeps and a mistake on the path of an event does
/// not.
/// </summary>
internal static class GateWorkload
{
    public static Workload Create(Workload durable, Workload flood) => new(
        "gate", "bounds that every change must keep", 0.5,
        [
            Of(durable, DurableWorkload.Raw, 1),
            Of(durable, DurableWorkload.Threads, 1),
            Of(durable, DurableWorkload.Tasks, 64),
            Of(durable, DurableWorkload.SerilogFlushed, 1),
            Of(flood, FloodWorkload.Ours, 1),
            Of(flood, FloodWorkload.Ours, 2),
            Of(flood, FloodWorkload.SerilogFile, 1),
            Of(flood, FloodWorkload.SerilogFile, 2),
        ],
        [Column.PerSecond("events/s"), new(Figure.P50, "p50 µs", "#,0.0")],
        [
            Target.AtMost(1.6, "1 thread, durable: p50 to the raw loop's", r => Ratio(r, DurableWorkload.Threads, DurableWorkload.Raw, 1, Figure.P50)),
            Target.AtMost(0.9, "1 thread, durable: p50 to Serilog.Sinks.File's, flushed", r => Ratio(r, DurableWorkload.Threads, DurableWorkload.SerilogFlushed, 1, Figure.P50)),
            // Events/s hold whatever the drive did in that half second: a looser bound, for what only the slowest calls show.
            Target.AtLeast(1, "1 thread, durable: events/s to those of Serilog.Sinks.File, flushed", r => Ratio(r, DurableWorkload.Threads, DurableWorkload.SerilogFlushed, 1, Figure.PerSecond)),
            Target.AtLeast(5, "64 tasks, durable: the raw loop", r => Results.Ratio(r.Find(DurableWorkload.Tasks, 64), r.Find(DurableWorkload.Raw, 1), Figure.PerSecond)),
            // The caller's time, not events/s: those are the drive's bandwidth, which Serilog.Sinks.File leaves to the page cache.
            Target.AtMost(0.6, "1 thread, Batch: p50 to Serilog.Sinks.File's", r => Ratio(r, FloodWorkload.Ours, FloodWorkload.SerilogFile, 1, Figure.P50)),
            Target.AtMost(0.6, "2 threads, Batch: the same", r => Ratio(r, FloodWorkload.Ours, FloodWorkload.SerilogFile, 2, Figure.P50)),
        ])
    {
        Rounds = 3,
    };

    private static Spread? Ratio(Results r, string one, string other, int producers, string figure) => Results.Ratio(r.Find(one, producers), r.Find(other, producers), figure);

    private static Case Of(Workload workload, string contender, int producers) => workload.Cases.Single(c => c.Contender == contender && c.Producers == producers);
}
