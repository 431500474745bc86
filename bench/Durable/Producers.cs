using System.Diagnostics;
using DurableSink.Bench.Measuring;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Durable;

/// <summary>Producers that each go on when their event is durable. Opening and closing is not timed.</summary>
internal static class Producers
{
    public static Figures Threads(IBlockingWriter writer, int threads, double seconds) => Measure(writer, threads, seconds, (stopper, latencies) =>
        Measuring.Threads.Run(threads, producer =>
        {
            var n = (long)producer;
            var now = Stopwatch.GetTimestamp();
            while (!stopper.IsOver(now))
            {
                var from = now;
                writer.Write(n++);
                now = Stopwatch.GetTimestamp();
                latencies[producer].Add(from, now);
            }
        }));

    public static Figures Tasks(IAwaitableWriter writer, int tasks, double seconds) => Measure(writer, tasks, seconds, (stopper, latencies) =>
        Task.WhenAll(latencies.Select((mine, producer) => Task.Run(async () =>
        {
            var n = (long)producer;
            var now = Stopwatch.GetTimestamp();
            while (!stopper.IsOver(now))
            {
                var from = now;
                await writer.WriteAsync(n++);
                now = Stopwatch.GetTimestamp();
                mine.Add(from, now);
            }
        }))).GetAwaiter().GetResult());

    private static Figures Measure(IDurableWriter writer, int producers, double seconds, Action<Stopper, Latencies[]> run)
    {
        var latencies = Enumerable.Range(0, producers).Select(_ => new Latencies()).ToArray();
        var flushes = writer.Flushes;
        var stopper = new Stopper(seconds);
        run(stopper, latencies);
        var (elapsed, events) = (stopper.Elapsed, latencies.Sum(l => (long)l.Count));
        return new Figures { [Figure.PerSecond] = events / elapsed }
            .With(Latencies.Merge(latencies))
            .With(Figure.Flushes, (double?)(writer.Flushes - flushes) / events);
    }
}
