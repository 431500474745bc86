using System.Diagnostics;
using DurableSink.Bench.Measuring;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.FireAndForget;

/// <summary>Threads that log as fast as they can. The time ends when the sink is closed; the events are those that are in the files then.</summary>
internal static class Flood
{
    public const string Lost = "lost", Bytes = "bytesPerEvent", Memory = "memory", Caller = "callerPerSecond";

    private const int TimedOneOf = 64; // to look at the clock for each call would cost a tenth of it
    private const int Timed = 1 << 16; // and no more, so that they take no memory worth speaking of

    /// <param name="open">Makes the sink in a folder.</param>
    /// <param name="count">Events in the files below a folder.</param>
    /// <param name="threads">Producers.</param>
    /// <param name="setup">Where and how long.</param>
    public static Figures Measure(Func<string, IEventSink> open, Func<string, long> count, int threads, Setup setup)
    {
        var latencies = Enumerable.Range(0, threads).Select(_ => new Latencies(capacity: Timed)).ToArray();
        var logged = new long[threads];
        var sink = open(setup.Folder);
        sink.Log(0); // opens what opens late
        var memory = MemoryGrowth.Begin();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var stopper = new Stopper(setup.Seconds);
        Threads.Run(threads, n => logged[n] = Produce(sink, stopper, latencies[n], n));
        var calling = stopper.Elapsed;
        sink.Dispose();
        var elapsed = stopper.Elapsed;
        var bytes = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        var grown = memory.End();
        var (made, found) = (logged.Sum() + 1, count(setup.Folder));
        return new Figures
        {
            [Figure.PerSecond] = found / elapsed,
            [Caller] = made / calling,
            [Lost] = (double)(made - found) / made,
            [Bytes] = (double)bytes / made,
        }.With(Memory, grown).With(Latencies.Merge(latencies));
    }

    private static long Produce(IEventSink sink, Stopper stopper, Latencies latencies, long first)
    {
        var n = first;
        while (true)
        {
            var from = Stopwatch.GetTimestamp();
            if (stopper.IsOver(from)) return n - first;
            sink.Log(n++);
            if (latencies.Count < Timed) latencies.Add(from, Stopwatch.GetTimestamp());
            for (var i = 1; i < TimedOneOf; i++) sink.Log(n++);
        }
    }
}
