using DurableSink.Bench.FireAndForget;
using DurableSink.Bench.Running;
#if FASTERLOG
using DurableSink.Bench.Peers;
#endif

namespace DurableSink.Bench.Durable;

/// <summary>FasterLog's contenders, where its assembly is there; else cases that say why not.</summary>
internal static class FasterLogCases
{
    private const string Plain = "FasterLog", Fast = "FasterLog, fast commit";

    public static IEnumerable<Case> Durable(int[] plain, int[] fast) =>
#if FASTERLOG
        [
            .. DurableWorkload.Awaited(Plain, Kind.Peer, f => new FasterLogWriter(f, isFastCommit: false), plain),
            .. DurableWorkload.Awaited(Fast, Kind.Peer, f => new FasterLogWriter(f, isFastCommit: true), fast),
        ];
#else
        [.. Missing(Plain, plain), .. Missing(Fast, fast)];
#endif

    /// <summary>With the cases that it takes to measure a sink.</summary>
    public static IEnumerable<Case> Sink(Func<string, Func<string, IEventSink>, IEnumerable<Case>> cases, int[] threads) =>
#if FASTERLOG
        cases("FasterLog, Enqueue", f => new FasterLogSink(f));
#else
        Missing("FasterLog, Enqueue", threads);
#endif

#if !FASTERLOG
    private static IEnumerable<Case> Missing(string name, int[] producers) => producers.Select(n => new Case(name, n, Kind.Peer, _ => new(), "bench/get-fasterlog was not run"));
#endif
}
