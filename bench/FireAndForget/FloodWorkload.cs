using DurableSink.Bench.Durable;
using DurableSink.Bench.Limits;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Running;
using Microsoft.Extensions.Logging;

namespace DurableSink.Bench.FireAndForget;

/// <summary>W2: fire and forget at full speed.</summary>
internal static class FloodWorkload
{
    public const string Ours = "DurableSink, ILogger, [LoggerMessage]";
    private const string OursInPrivateMemory = "DurableSink, BufferDirectory none";
    private const string OursByExtension = "DurableSink, ILogger, LogInformation";
    private const string OursBySerilog = "DurableSink by Serilog, WriteTo";
    public const string SerilogFile = "Serilog.Sinks.File";
    private const string SerilogBuffered = "Serilog.Sinks.File, buffered";
    private const string NoOp = "a provider that does nothing, [LoggerMessage]";
    private const string Reading = "a provider that only reads, [LoggerMessage]";
    private const string ReadingByExtension = "a provider that only reads, LogInformation";
    private const int BufferMebibytes = 16; // BufferBytes, its default
    private const int Around = 4; // MiB for all else: the sealer's, the formatter's, the runtime's

    private static readonly int[] All = [1, 2, 8];

    public static Workload Create() => new(
        "w2", "fire and forget at full speed; DurableSink under Batch, 5 ms; the time includes the last flush and closing, events are counted in the files", 1.5,
        [
            .. Limit(NoOp, CallStyle.Generated, reads: false),
            .. Limit(Reading, CallStyle.Generated, reads: true),
            .. Limit(ReadingByExtension, CallStyle.Extension, reads: true),
            .. Sink(Ours, Kind.Ours, f => FrameworkSink.Ours(CallStyle.Generated, f)),
            .. Sink(OursInPrivateMemory, Kind.Other, f => FrameworkSink.Ours(CallStyle.Generated, f, o => o.BufferDirectory = "none")),
            .. Sink(OursByExtension, Kind.Ours, f => FrameworkSink.Ours(CallStyle.Extension, f)),
            .. Sink(OursBySerilog, Kind.Ours, SerilogSink.Ours),
            .. Sink(SerilogFile, Kind.Peer, f => SerilogSink.File(f, buffered: false)),
            .. Sink(SerilogBuffered, Kind.Peer, f => SerilogSink.File(f, buffered: true)),
            .. Sink("Serilog.Sinks.Async, blocking", Kind.Peer, f => SerilogSink.Async(f, blocks: true)),
            .. Sink("Serilog.Sinks.Async, default", Kind.Other, f => SerilogSink.Async(f, blocks: false)),
            .. Sink("NLog file", Kind.Peer, f => new NLogSink(f, autoFlush: true)),
            .. Sink("NLog file, AutoFlush off", Kind.Peer, f => new NLogSink(f, autoFlush: false)),
            .. Sink("NLog file, async, blocking", Kind.Peer, f => new NLogSink(f, autoFlush: false, isAsync: true)),
            .. FasterLogCases.Sink((name, open) => Sink(name, Kind.Peer, open), All),
        ],
        [
            Column.PerSecond("events/s"), new(Flood.Lost, "lost %", "0.#", 100), new(Figure.P50, "p50 ns", Scale: 1000), new(Figure.P99, "p99 ns", Scale: 1000),
            new(Figure.P999, "p99.9 µs", "#,0.0"), new(Flood.Bytes, "bytes/event", "#,0.0"), new(Flood.Memory, "memory MiB", "#,0.0"),
        ],
        [
            Target.AtLeast(2_000_000, "1 thread: events/s", r => Results.Of(r.Find(Ours, 1), Figure.PerSecond)),
            Target.AtLeast(1, "2 threads: 1 thread", r => Results.Ratio(r.Find(Ours, 2), r.Find(Ours, 1), Figure.PerSecond)),
            Target.AtLeast(1, "8 threads: 1 thread", r => Results.Ratio(r.Find(Ours, 8), r.Find(Ours, 1), Figure.PerSecond)),
            .. All.Select(n => Target.AtLeast(2, $"{Threads(n)}: the best peer that loses nothing",
                r => Results.Ratio(r.Find(Ours, n), r.Best(Kind.Peer, n, Figure.PerSecond), Figure.PerSecond))),
            .. All.Select(n => Target.AtLeast(4, $"{Threads(n)}: Serilog.Sinks.File", r => Results.Ratio(r.Find(Ours, n), r.Find(SerilogFile, n), Figure.PerSecond))),
            .. All.Select(n => Target.AtLeast(1.5, $"{Threads(n)}, by Serilog: Serilog.Sinks.File, buffered",
                r => Results.Ratio(r.Find(OursBySerilog, n), r.Find(SerilogBuffered, n), Figure.PerSecond))),
            .. All.Select(n => Target.AtLeast(0.98, $"{Threads(n)}, memory that outlives the process: private memory",
                r => Results.Ratio(r.Find(Ours, n), r.Find(OursInPrivateMemory, n), Figure.PerSecond))),
            .. All.Select(n => Target.AtMost(1.02, $"{Threads(n)}, the same: p99",
                r => Results.Ratio(r.Find(Ours, n), r.Find(OursInPrivateMemory, n), Figure.P99))),
            Target.AtMost(0.05, "1 thread: bytes/event beyond the framework's", r => Results.Difference(r.Find(Ours, 1), r.Find(Reading, 1), Flood.Bytes)),
            Target.AtMost(0.05, "1 thread, LogInformation: the same", r => Results.Difference(r.Find(OursByExtension, 1), r.Find(ReadingByExtension, 1), Flood.Bytes)),
            Target.AtMost(0, "8 threads: lost %", r => Results.Of(r.Find(Ours, 8), Flood.Lost)?.Times(100)),
            Target.AtMost(BufferMebibytes + Around, "8 threads: MiB of memory beyond a provider that does nothing", r => Results.Difference(r.Find(Ours, 8), r.Find(NoOp, 8), Flood.Memory)),
        ]);

    private static string Threads(int n) => n == 1 ? "1 thread" : $"{n} threads";

    private static IEnumerable<Case> Sink(string name, Kind kind, Func<string, IEventSink> open) => All.Select(n =>
        new Case(name, n, kind, setup => setup.Warmed(s => Flood.Measure(open, EventCount.InFiles, n, s))));

    /// <summary>It writes nothing, so nothing is counted: a sink that takes all.</summary>
    private static IEnumerable<Case> Limit(string name, CallStyle style, bool reads) => All.Select(n => new Case(name, n, Kind.Limit, setup => setup.Warmed(s =>
    {
        var figures = Flood.Measure(_ => new FrameworkSink(style, b => b.AddProvider(new EmptyProvider(reads))), _ => 0, n, s);
        figures[Figure.PerSecond] = figures[Flood.Caller];
        figures.Remove(Flood.Lost);
        return figures;
    })));
}
