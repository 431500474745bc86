using System.Diagnostics;
using DurableSink.Bench.Measuring;

namespace DurableSink.Bench.Workloads;

/// <summary>Tasks that await AppendAsync, each with one event under way.</summary>
internal sealed class AsynchronousProducers(int tasks) : IWorkload
{
    public string Name => $"{tasks} tasks, AppendAsync";

    public bool IsReference => false;

    public Measurement Run(string folder, double seconds) => EngineRun.Measure(folder, seconds, tasks, (log, stopper, latencies) =>
        Task.WhenAll(latencies.Select((l, n) => Task.Run(() => ProduceAsync(log, stopper, l, n)))).GetAwaiter().GetResult());

    private static async Task ProduceAsync(DurableLog log, Stopper stopper, Latencies latencies, long n)
    {
        var now = Stopwatch.GetTimestamp();
        while (!stopper.IsOver(now))
        {
            var from = now;
            await log.AppendAsync(OrderEvent.Create(n++));
            now = Stopwatch.GetTimestamp();
            latencies.Add(from, now);
        }
    }
}
