using DurableSink.Bench.FireAndForget;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Reporting;

/// <summary>Which figures become charts.</summary>
internal static class Charts
{
    public static void Draw(Workload workload, Results results, string folder)
    {
        var file = Path.Combine(folder, $"{workload.Id}.svg");
        switch (workload.Id)
        {
            case "w1": Gnuplot.Lines(file, "Durable before the call returns", "events/s", Lines(results, Figure.PerSecond)); break;
            case "w2": Gnuplot.Bars(file, "Fire and forget, 2 threads, closing included: events/s", "events/s", false, Bars(results, Figure.PerSecond, c => c.Producers == 2)); break;
            case "w3":
                Gnuplot.Bars(file, "A steady pace beside a neighbour that dirties the page cache: caller's p99.9", "µs", true, Bars(results, Figure.P999, _ => true));
                break;
        }
    }

    /// <summary>All but the limits, a line each.</summary>
    private static Series[] Lines(Results results, string figure) =>
    [
        .. results.Cases.Where(c => c.Kind != Kind.Limit && c.Rounds.Count > 0).GroupBy(c => c.Contender).Where(g => g.Count() > 3).Select(g =>
            new Series(g.Key, g.First().Kind == Kind.Ours, [.. g.Select(c => ((double)c.Producers, Results.Of(c, figure)!.Value.Median))])),
    ];

    private static Bar[] Bars(Results results, string figure, Func<CaseResults, bool> among) =>
    [
        .. results.Cases.Where(c => c.Kind != Kind.Limit && among(c) && Results.Of(c, figure) != null)
            .Select(c => new Bar(NameOf(c), c.Contender.Contains("DurableSink", StringComparison.Ordinal), Results.Of(c, figure)!.Value.Median)),
    ];

    /// <summary>A rate at which events are lost is not one beside the others.</summary>
    private static string NameOf(CaseResults c) =>
        Results.Of(c, Flood.Lost) is { Median: > 0 } lost ? $"{c.Contender} (loses {lost.Median * 100:0} %)" : c.Contender;
}
