namespace DurableSink.Bench.Measuring;

/// <summary>Percentiles in microseconds.</summary>
internal readonly record struct Percentiles(double P50, double P99, double P999, double Max);
