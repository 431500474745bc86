using DurableSink.Bench.Durable;
using DurableSink.Bench.FireAndForget;
using DurableSink.Bench.Limits;
using DurableSink.Bench.Measuring;
using DurableSink.Bench.Peers;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Running;
using Microsoft.Extensions.Logging;

namespace DurableSink.Bench.Paced;

/// <summary>W3: a steady pace from two threads while another process dirties the page cache.</summary>
internal static class PacedWorkload
{
    private const int Producers = 2, PerSecond = 20_000, DurablePerSecond = 2_000;
    private const string Ours = "DurableSink, ILogger, Batch";
    private const string OursDurable = "durable: DurableSink, Append";

    public static Workload Create() => new(
        "w3", $"a steady pace from 2 threads beside a process that dirties the page cache: {PerSecond:#,0} events/s, or {DurablePerSecond:#,0} durable ones; the caller's time", 4,
        [
            Sink("a provider that does nothing", Kind.Limit, _ => new FrameworkSink(CallStyle.Generated, b => b.AddProvider(new EmptyProvider(reads: false)))),
            Sink(Ours, Kind.Ours, f => FrameworkSink.Ours(CallStyle.Generated, f)),
            Sink("DurableSink by Serilog, WriteTo", Kind.Ours, SerilogSink.Ours),
            Sink("Serilog.Sinks.File", Kind.Peer, f => SerilogSink.File(f, buffered: false)),
            Sink("Serilog.Sinks.File, buffered", Kind.Peer, f => SerilogSink.File(f, buffered: true)),
            Sink("Serilog.Sinks.Async, blocking", Kind.Peer, f => SerilogSink.Async(f, blocks: true)),
            Sink("NLog file", Kind.Peer, f => new NLogSink(f, autoFlush: true)),
            Sink("NLog file, async, blocking", Kind.Peer, f => new NLogSink(f, autoFlush: false, isAsync: true)),
            .. FasterLogCases.Sink((name, open) => [Sink(name, Kind.Peer, open)], [Producers]),
            Durable("durable: raw 4 KiB direct write, RWF_DSYNC", Kind.Limit, f => new RawWriter(f)),
            Durable(OursDurable, Kind.Ours, f => new OurLog(f)),
            Durable("durable: Serilog.Sinks.File audit, flushed", Kind.Peer, f => new SerilogAudit(f, isFlushed: true)),
            Durable("durable: NLog file, flushed", Kind.Peer, f => new NLogFlushed(f)),
            Durable("durable: SQLite WAL FULL, a row each", Kind.Peer, f => new SqliteRows(f), Sqlite.Missing),
        ],
        [.. Column.Latency],
        [
            Target.AtMost(20, "p99.9 µs", r => Results.Of(r.Find(Ours, Producers), Figure.P999)),
            Target.AtMost(5000, "max µs", r => Results.Of(r.Find(Ours, Producers), Figure.Max)),
            Target.AtMost(1, "p99.9: the best peer's", r => ToBest(r, Ours, isDurable: false, Figure.P999)),
            Target.AtMost(1, "max: the best peer's", r => ToBest(r, Ours, isDurable: false, Figure.Max)),
            Target.AtMost(0.5, "durable, p99: the best peer's", r => ToBest(r, OursDurable, isDurable: true, Figure.P99)),
            Target.AtMost(0.5, "durable, p99.9: the best peer's", r => ToBest(r, OursDurable, isDurable: true, Figure.P999)),
        ]);

    private static Spread? ToBest(Results r, string ours, bool isDurable, string figure) => Results.Ratio(
        r.Find(ours, Producers),
        r.Best(c => c.Kind == Kind.Peer && c.Contender.StartsWith("durable", StringComparison.Ordinal) == isDurable, figure, most: false), figure);

    private static Case Sink(string name, Kind kind, Func<string, IEventSink> open) => Measured(name, kind, s =>
    {
        var sink = open(s.Folder);
        sink.Log(0); // opens what is opened by the first event, where there is no host that starts
        var latencies = Pacer.Run(Producers, PerSecond, s.Seconds, sink.Log);
        sink.Dispose();
        return latencies;
    });

    private static Case Durable(string name, Kind kind, Func<string, IBlockingWriter> open, string? missing = null) => Measured(name, kind, s =>
    {
        using var writer = open(s.Folder);
        return Pacer.Run(Producers, DurablePerSecond, s.Seconds, writer.Write);
    }, missing);

    private static Case Measured(string name, Kind kind, Func<Setup, Latencies[]> run, string? missing = null) => new(name, Producers, kind, setup =>
    {
        using var neighbour = Neighbour.Start(setup.Folder);
        return setup.Warmed(s => new Figures().With(Latencies.Merge(run(s))));
    }, missing);
}
