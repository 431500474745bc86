using DurableSink.Bench.Limits;
using DurableSink.Bench.Peers;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Durable;

/// <summary>W1: the event is durable before its producer goes on.</summary>
internal static class DurableWorkload
{
    public const string Threads = "DurableSink, Append";
    public const string Tasks = "DurableSink, AppendAsync";
    public const string Raw = "raw 4 KiB direct write, RWF_DSYNC";
    public const string SerilogFlushed = "Serilog.Sinks.File audit, flushed";
    public const string SqliteRow = "SQLite WAL FULL, a row each";

    private static readonly int[] All = [1, 2, 8, 64, 256];
    private static readonly int[] Few = [1, 64]; // of those that flush for each event: they stay where they are

    public static Workload Create() => new(
        "w1", "durable before the call returns; threads where a call blocks, tasks where it is awaited", 1,
        [
            .. Limit(Raw, RawFlush.OneCall, 1, 2, 8),
            .. Limit("raw 4 KiB direct write, fdatasync", RawFlush.Separate, 1),
            new("fio, 4 KiB direct write, fdatasync", 1, Kind.Limit, Fio.Measure, Fio.Missing),
            .. Blocking(Threads, Kind.Ours, f => new OurLog(f), [1, 2, 8, 64]),
            .. Awaited(Tasks, Kind.Ours, f => new OurLog(f), All),
            .. Blocking("DurableSink by Serilog, AuditTo", Kind.Ours, f => new OurSerilogAudit(f), [1, 8, 64]),
            .. Blocking(SerilogFlushed, Kind.Peer, f => new SerilogAudit(f, isFlushed: true), All),
            .. Blocking("NLog file, flushed", Kind.Peer, f => new NLogFlushed(f), Few),
            .. Blocking("FileStream and Flush(true)", Kind.Peer, f => new FileFlushed(f), Few),
            .. Awaited("FileStream, group commit", Kind.Peer, f => new FileGroups(f), All),
            .. Blocking(SqliteRow, Kind.Peer, f => new SqliteRows(f), Few, Sqlite.Missing),
            .. Awaited("SQLite WAL FULL, grouped", Kind.Peer, f => new SqliteGroups(f), All, Sqlite.Missing),
            .. FasterLogCases.Durable(Few, All),
        ],
        [Column.PerSecond("durable/s"), .. Column.Latency, new(Figure.Flushes, "flushes/event", "0.000")],
        [
            Target.AtMost(1.08, "1 thread: p50 to the raw loop's", r => Results.Ratio(r.Find(Threads, 1), r.Find(Raw, 1), Figure.P50)),
            Target.AtLeast(1.5, "1 thread: Serilog.Sinks.File, flushed", r => Results.Ratio(r.Find(Threads, 1), r.Find(SerilogFlushed, 1), Figure.PerSecond)),
            Target.AtLeast(1.15, "1 thread: SQLite, a row each", r => Results.Ratio(r.Find(Threads, 1), r.Find(SqliteRow, 1), Figure.PerSecond)),
            Target.AtLeast(1.1, "2 producers: the best peer", r => ToBestPeer(r, 2)),
            Target.AtLeast(1.3, "8 producers: the best peer", r => ToBestPeer(r, 8)),
            Target.AtLeast(1.8, "64 producers: the best peer", r => ToBestPeer(r, 64)),
            Target.AtLeast(50, "64 producers: Serilog.Sinks.File, flushed", r => ToFlushed(r, 64)),
            Target.AtLeast(2.5, "256 producers: the best peer", r => ToBestPeer(r, 256)),
            Target.AtLeast(170, "256 producers: Serilog.Sinks.File, flushed", r => ToFlushed(r, 256)),
            Target.AtLeast(8, "64 threads: the raw loop", r => Results.Ratio(r.Find(Threads, 64), r.Find(Raw, 1), Figure.PerSecond)),
        ]);

    /// <summary>The better of ours to the best of the others.</summary>
    private static Spread? ToBestPeer(Results r, int producers) =>
        Results.Ratio(r.Best(Kind.Ours, producers, Figure.PerSecond), r.Best(Kind.Peer, producers, Figure.PerSecond), Figure.PerSecond);

    private static Spread? ToFlushed(Results r, int producers) =>
        Results.Ratio(r.Best(Kind.Ours, producers, Figure.PerSecond), r.Find(SerilogFlushed, producers), Figure.PerSecond);

    private static IEnumerable<Case> Limit(string name, RawFlush flush, params int[] threads) =>
        threads.Select(n => new Case(name, n, Kind.Limit, setup => RawLoop.Measure(setup.Folder, n, flush, setup.Seconds)));

    private static IEnumerable<Case> Blocking(string name, Kind kind, Func<string, IBlockingWriter> open, int[] threads, string? missing = null) =>
        threads.Select(n => new Case(name, n, kind, setup => setup.Warmed(s =>
        {
            using var writer = open(s.Folder);
            return Producers.Threads(writer, n, s.Seconds);
        }), missing));

    public static IEnumerable<Case> Awaited(string name, Kind kind, Func<string, IAwaitableWriter> open, int[] tasks, string? missing = null) =>
        tasks.Select(n => new Case(name, n, kind, setup => setup.Warmed(s =>
        {
            using var writer = open(s.Folder);
            return Producers.Tasks(writer, n, s.Seconds);
        }), missing));
}
