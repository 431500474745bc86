using DurableSink.Bench.Durable;
using DurableSink.Bench.FireAndForget;
using DurableSink.Bench.Limits;
using DurableSink.Bench.Paced;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Running;
using Microsoft.Extensions.Logging;

namespace DurableSink.Bench.Gate;

/// <summary>
/// What every change is held against: ratios within one run, with bounds that a busy machine keeps and a mistake on the path of an event does
/// not; and the exact count of what a log call allocates.
/// </summary>
internal static class GateWorkload
{
    private const string Bytes = "bytes";
    private const string Counted = "allocation: DurableSink, [LoggerMessage]", CountedRead = "allocation: a provider that only reads, [LoggerMessage]";
    private const string CountedByExtension = "allocation: DurableSink, LogInformation", CountedReadByExtension = "allocation: a provider that only reads, LogInformation";
    private const int WarmPerSecond = 100_000, WarmSeconds = 1;
    private const int Few = 1_000; // the runtime's own, now and then: less than a byte for 20 calls
    private const int Calls = 20_000; // they fit into the buffer: a caller that waits for room is another matter

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
            Allocation(Counted, Kind.Ours, f => FrameworkSink.Ours(CallStyle.Generated, f)),
            Allocation(CountedRead, Kind.Limit, _ => Reading(CallStyle.Generated)),
            Allocation(CountedByExtension, Kind.Ours, f => FrameworkSink.Ours(CallStyle.Extension, f)),
            Allocation(CountedReadByExtension, Kind.Limit, _ => Reading(CallStyle.Extension)),
        ],
        [Column.PerSecond("events/s"), new(Figure.P50, "p50 µs", "#,0.0"), new(Bytes, $"bytes in {Calls:#,0} calls")],
        [
            Target.AtMost(1.6, "1 thread, durable: p50 to the raw loop's", r => Ratio(r, DurableWorkload.Threads, DurableWorkload.Raw, 1, Figure.P50)),
            Target.AtMost(0.9, "1 thread, durable: p50 to Serilog.Sinks.File's, flushed", r => Ratio(r, DurableWorkload.Threads, DurableWorkload.SerilogFlushed, 1, Figure.P50)),
            // Events/s hold whatever the drive did in that half second: a looser bound, for what only the slowest calls show.
            Target.AtLeast(1, "1 thread, durable: events/s to those of Serilog.Sinks.File, flushed", r => Ratio(r, DurableWorkload.Threads, DurableWorkload.SerilogFlushed, 1, Figure.PerSecond)),
            Target.AtLeast(5, "64 tasks, durable: the raw loop", r => Results.Ratio(r.Find(DurableWorkload.Tasks, 64), r.Find(DurableWorkload.Raw, 1), Figure.PerSecond)),
            // The caller's time, not events/s: those are the drive's bandwidth, which Serilog.Sinks.File leaves to the page cache.
            Target.AtMost(0.6, "1 thread, Batch: p50 to Serilog.Sinks.File's", r => Ratio(r, FloodWorkload.Ours, FloodWorkload.SerilogFile, 1, Figure.P50)),
            Target.AtMost(0.6, "2 threads, Batch: the same", r => Ratio(r, FloodWorkload.Ours, FloodWorkload.SerilogFile, 2, Figure.P50)),
            Target.AtMost(Few, $"bytes allocated in {Calls:#,0} calls beyond the framework's", r => Results.Difference(r.Find(Counted, 1), r.Find(CountedRead, 1), Bytes)),
            Target.AtMost(Few, "the same, LogInformation", r => Results.Difference(r.Find(CountedByExtension, 1), r.Find(CountedReadByExtension, 1), Bytes)),
        ]);

    private static Spread? Ratio(Results r, string one, string other, int producers, string figure) => Results.Ratio(r.Find(one, producers), r.Find(other, producers), figure);

    private static Case Of(Workload workload, string contender, int producers) => workload.Cases.Single(c => c.Contender == contender && c.Producers == producers);

    private static FrameworkSink Reading(CallStyle style) => new(style, b => b.AddProvider(new EmptyProvider(reads: true)));

    /// <summary>To the byte, on the caller's thread, once the path is compiled in full: before that, values are boxed on the heap.</summary>
    private static Case Allocation(string name, Kind kind, Func<string, IEventSink> open) => new(name, 1, kind, setup =>
    {
        using var sink = open(setup.Folder);
        Pacer.Run(1, WarmPerSecond, WarmSeconds, sink.Log);
        Call();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Call();
        return new() { [Bytes] = GC.GetAllocatedBytesForCurrentThread() - before };

        void Call()
        {
            for (var n = 0; n < Calls; n++) sink.Log(n);
        }
    });
}
