using System.Globalization;

namespace DurableSink.Bench.Reporting;

/// <summary>A figure as a table shows it.</summary>
/// <param name="Figure">Its name.</param>
/// <param name="Head">Above the column, with the unit.</param>
/// <param name="Format">Of one number.</param>
/// <param name="Scale">The figure is multiplied by this first.</param>
internal sealed record Column(string Figure, string Head, string Format = "#,0", double Scale = 1)
{
    /// <summary>Whether the least and the greatest of all rounds are shown too.</summary>
    public bool HasSpread { get; init; }

    public static Column PerSecond(string head) => new(Running.Figure.PerSecond, head) { HasSpread = true };

    public string Show(Spread spread) => HasSpread ? spread.Times(Scale).ToString(Format) : (spread.Median * Scale).ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>What a durable call cost, of most workloads.</summary>
    public static readonly IReadOnlyList<Column> Latency =
        [new(Running.Figure.P50, "p50 µs", "#,0.0") { HasSpread = true }, new(Running.Figure.P99, "p99 µs"), new(Running.Figure.P999, "p99.9 µs"), new(Running.Figure.Max, "max µs")];
}
