namespace DurableSink.Bench.Measuring;

/// <summary>What one workload did in one round.</summary>
/// <param name="PerSecond">Durable operations a second.</param>
/// <param name="Latency">How long one took, as its caller saw it.</param>
/// <param name="FlushesPerEvent">Flushes of the drive by the engine for each event; null where the engine does not count or is not used.</param>
/// <param name="EventBytes">Mean length of an event's line; of a reference, the length of a write.</param>
/// <param name="IsDirect">Whether the page cache was bypassed.</param>
internal sealed record Measurement(double PerSecond, Percentiles Latency, double? FlushesPerEvent, double EventBytes, bool IsDirect);

/// <summary>Percentiles in microseconds.</summary>
internal readonly record struct Percentiles(double P50, double P99, double P999, double Max);
