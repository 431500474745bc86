using System.Diagnostics;
using DurableSink.Bench.Measuring;

namespace DurableSink.Bench.Workloads;

/// <summary>Threads that append under Always: each call returns when its event is durable.</summary>
internal sealed class SynchronousProducers(int threads) : IWorkload
{
    public string Name => threads == 1 ? "1 thread, Append" : $"{threads} threads, Append";

    public bool IsReference => false;

    public Measurement Run(string folder, double seconds) => EngineRun.Measure(folder, seconds, threads, (log, stopper, latencies) =>
    {
        var errors = new Exception?[threads];
        var running = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            var producer = i;
            running[i] = new Thread(() =>
            {
                try
                {
                    Produce(log, stopper, latencies[producer], producer);
                }
                catch (Exception e) // thrown again below, where the run ends
                {
                    errors[producer] = e;
                }
            });
        }
        foreach (var thread in running) thread.Start();
        foreach (var thread in running) thread.Join();
        if (errors.FirstOrDefault(e => e != null) is { } error) throw new InvalidOperationException("a producer failed", error);
    });

    private static void Produce(DurableLog log, Stopper stopper, Latencies latencies, long n)
    {
        var now = Stopwatch.GetTimestamp();
        while (!stopper.IsOver(now))
        {
            var from = now;
            log.Append(OrderEvent.Create(n++));
            now = Stopwatch.GetTimestamp();
            latencies.Add(from, now);
        }
    }
}
