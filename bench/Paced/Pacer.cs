using System.Diagnostics;
using DurableSink.Bench.Measuring;

namespace DurableSink.Bench.Paced;

/// <summary>Threads that log at a steady pace, a few events each millisecond, as a server does; who is late catches up.</summary>
internal static class Pacer
{
    private static readonly long Tick = Stopwatch.Frequency / 1000;

    /// <param name="threads">Producers.</param>
    /// <param name="perSecond">Events of all threads together; at least one each millisecond.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="log">One event.</param>
    /// <returns>How long each call took.</returns>
    public static Latencies[] Run(int threads, int perSecond, double seconds, Action<long> log)
    {
        var latencies = Enumerable.Range(0, threads).Select(_ => new Latencies((int)(perSecond * seconds))).ToArray();
        Threads.Run(threads, n => Produce(perSecond / threads / 1000, (int)(seconds * 1000), log, latencies[n]));
        return latencies;
    }

    private static void Produce(int perTick, int ticks, Action<long> log, Latencies latencies)
    {
        var start = Stopwatch.GetTimestamp();
        var n = 0L;
        for (var tick = 0; tick < ticks; tick++)
        {
            WaitUntil(start + tick * Tick);
            for (var i = 0; i < perTick; i++)
            {
                var from = Stopwatch.GetTimestamp();
                log(n++);
                latencies.Add(from, Stopwatch.GetTimestamp());
            }
        }
    }

    private static void WaitUntil(long timestamp)
    {
#pragma warning disable RS0030 // the pace is time itself, no condition
        while (Stopwatch.GetTimestamp() < timestamp) Thread.Sleep(1);
#pragma warning restore RS0030
    }
}
