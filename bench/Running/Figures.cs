using DurableSink.Bench.Measuring;

namespace DurableSink.Bench.Running;

/// <summary>What one case did in one round: figures by their names.</summary>
internal sealed class Figures : Dictionary<string, double>
{
    public Figures()
        : base(StringComparer.Ordinal)
    {
    }

    public Figures With(Percentiles latency)
    {
        (this[Figure.P50], this[Figure.P99], this[Figure.P999], this[Figure.Max]) = (latency.P50, latency.P99, latency.P999, latency.Max);
        return this;
    }

    public Figures With(string figure, double? value)
    {
        if (value is { } known) this[figure] = known;
        return this;
    }
}

/// <summary>The names of figures that more than one workload has.</summary>
internal static class Figure
{
    /// <summary>Events (of a limit: writes) a second.</summary>
    public const string PerSecond = "perSecond";

    /// <summary>Microseconds that a call took, as its caller saw it.</summary>
    public const string P50 = "p50";
    public const string P99 = "p99";
    public const string P999 = "p999";
    public const string Max = "max";

    /// <summary>Flushes of the drive for each event.</summary>
    public const string Flushes = "flushesPerEvent";
}
