using System.Diagnostics;

namespace DurableSink.Bench.Measuring;

/// <summary>When a workload's producers stop, and how long it really took: each producer asks with the time stamp that it took anyway.</summary>
internal sealed class Stopper(double seconds)
{
    private readonly long _start = Stopwatch.GetTimestamp();

    public bool IsOver(long timestamp) => timestamp - _start >= seconds * Stopwatch.Frequency;

    public double Elapsed => Stopwatch.GetElapsedTime(_start).TotalSeconds;
}
