using DurableSink.Bench.Measuring;

namespace DurableSink.Bench.Reporting;

/// <summary>One workload over all rounds. Ratios are taken within each round, against the reference in that same round.</summary>
internal sealed record Row(
    string Name, bool IsReference, Spread PerSecond, Spread P50, Spread P99, Spread P999, Spread Max, Spread? FlushesPerEvent,
    Spread RateRatio, Spread P50Ratio, double EventBytes, bool IsDirect, IReadOnlyList<Measurement> Rounds);

/// <summary>What the run showed.</summary>
internal sealed class Summary
{
    public Summary(Rounds rounds, BenchOptions options, Place place)
    {
        Options = options;
        Place = place;
        // The reference is the faster of the raw loops, by the median of its p50.
        var reference = rounds.Workloads.Where(w => w.IsReference).MinBy(w => Spread.Of(rounds.Of(w).Select(m => m.Latency.P50)).Median)!;
        Reference = reference.Name;
        Rows = [.. rounds.Workloads.OrderByDescending(w => w.IsReference).Select(w => ToRow(w, rounds.Of(w), rounds.Of(reference)))];
    }

    public BenchOptions Options { get; }

    public Place Place { get; }

    /// <summary>The name of the row that ratios are taken to.</summary>
    public string Reference { get; }

    public IReadOnlyList<Row> Rows { get; }

    private static Row ToRow(IWorkload workload, IReadOnlyList<Measurement> rounds, IReadOnlyList<Measurement> reference) => new(
        workload.Name, workload.IsReference,
        Spread.Of(rounds.Select(m => m.PerSecond)),
        Spread.Of(rounds.Select(m => m.Latency.P50)),
        Spread.Of(rounds.Select(m => m.Latency.P99)),
        Spread.Of(rounds.Select(m => m.Latency.P999)),
        Spread.Of(rounds.Select(m => m.Latency.Max)),
        rounds.All(m => m.FlushesPerEvent != null) ? Spread.Of(rounds.Select(m => m.FlushesPerEvent!.Value)) : null,
        Spread.Of(rounds.Zip(reference, (m, r) => m.PerSecond / r.PerSecond)),
        Spread.Of(rounds.Zip(reference, (m, r) => m.Latency.P50 / r.Latency.P50)),
        rounds.Average(m => m.EventBytes),
        rounds.All(m => m.IsDirect),
        rounds);
}
