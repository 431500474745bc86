namespace AuditApi.Demo;

/// <summary>Median, 99th percentile and greatest of some durations.</summary>
internal sealed record Percentiles(double P50, double P99, double Max)
{
    public static Percentiles? Of(double[] values)
    {
        if (values.Length == 0) return null;
        var sorted = values.Order().ToArray();
        return new Percentiles(At(sorted, 0.50), At(sorted, 0.99), sorted[^1]);
    }

    public override string ToString() => $"p50 {P50:0.00} ms   p99 {P99:0.00} ms   max {Max:0.00} ms";

    private static double At(double[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
