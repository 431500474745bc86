using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DurableSink.Bench.Measuring;

/// <summary>Every single latency that one producer saw, in nanoseconds; not for several threads.</summary>
internal sealed class Latencies(int capacity = 16 << 10)
{
    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency; // a TimeSpan would round to 100 ns

    private readonly List<uint> _nanoseconds = new(capacity);

    public int Count => _nanoseconds.Count;

    public void Add(long from, long to) =>
        _nanoseconds.Add((uint)Math.Min((to - from) * NanosecondsPerTick, uint.MaxValue));

    /// <summary>The percentiles of all producers together.</summary>
    public static Percentiles Merge(IReadOnlyCollection<Latencies> producers)
    {
        var all = new List<uint>(producers.Sum(p => p.Count));
        foreach (var each in producers) all.AddRange(each._nanoseconds);
        var sorted = CollectionsMarshal.AsSpan(all);
        if (sorted.Length == 0) throw new InvalidOperationException("nothing was measured");
        sorted.Sort();
        return new(At(sorted, 0.5), At(sorted, 0.99), At(sorted, 0.999), sorted[^1] / 1000.0);
    }

    private static double At(ReadOnlySpan<uint> sorted, double fraction) =>
        sorted[Math.Min(sorted.Length - 1, (int)(fraction * sorted.Length))] / 1000.0;
}
