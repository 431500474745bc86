using System.Diagnostics;
using DurableSink.Bench.Measuring;
using DurableSink.Bench.Reporting;

namespace DurableSink.Bench.Answers;

/// <summary>What <c>UseDurableAudit</c> costs a request, over a real server and the loopback; clients and server share the machine.</summary>
internal sealed class AnswerBench(BenchOptions options, TextWriter to)
{
    private static readonly int[] Clients = [1, 16];

    /// <summary>Each with the one that it is compared with, in the same round.</summary>
    private static readonly (string Path, string? Against)[] Paths =
        [("/plain/none", null), ("/held/none", "/plain/none"), ("/plain/awaited", null), ("/held/awaited", "/plain/awaited"), ("/held/dropped", "/plain/awaited")];

    private readonly Dictionary<(string Path, int Clients), List<Figures>> _figures = [];

    public async Task RunAsync()
    {
        var folder = Path.Combine(options.Directory, $"run-{Guid.NewGuid():n}");
        to.WriteLine($"{options.Rounds} interleaved rounds of {options.Seconds} s for each: median (least..greatest)");
        to.WriteLine($"policy {AnswerServer.Policy}, HTTP/1.1 over the loopback, clients in the same process");
        to.WriteLine(Place.Of(options.Directory).Description);
        to.WriteLine(Runtime.Description);
        var (app, address) = await AnswerServer.StartAsync(folder);
        await using (app)
        {
            using var client = new HttpClient { BaseAddress = address };
            for (var round = 0; round <= options.Rounds; round++)
            {
                if (round > 0) Console.Error.WriteLine($"round {round} of {options.Rounds}");
                foreach (var (path, _) in round % 2 == 1 ? Paths : Paths.Reverse())
                {
                    foreach (var clients in Clients)
                    {
                        var figures = await MeasureAsync(client, path, clients);
                        if (round > 0) Of(path, clients).Add(figures); // the first one warms up
                    }
                }
            }
        }

        Directory.Delete(folder, recursive: true);
        foreach (var clients in Clients) Report(clients);
    }

    private async Task<Figures> MeasureAsync(HttpClient client, string path, int clients)
    {
        GC.Collect();
        var latencies = Enumerable.Range(0, clients).Select(_ => new Latencies()).ToArray();
        var stopper = new Stopper(options.Seconds);
        var allocated = GC.GetTotalAllocatedBytes();
        await Task.WhenAll(latencies.Select(mine => Task.Run(() => AskAsync(client, path, stopper, mine))));
        var requests = latencies.Sum(mine => mine.Count);
        return new(requests / stopper.Elapsed, Latencies.Merge(latencies).P50, (GC.GetTotalAllocatedBytes() - allocated) / (double)requests);
    }

    private static async Task AskAsync(HttpClient client, string path, Stopper stopper, Latencies latencies)
    {
        for (var now = Stopwatch.GetTimestamp(); !stopper.IsOver(now);)
        {
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
            response.EnsureSuccessStatusCode();
            var then = now;
            latencies.Add(then, now = Stopwatch.GetTimestamp());
        }
    }

    private void Report(int clients)
    {
        to.WriteLine();
        to.WriteLine($"{clients} client{(clients == 1 ? "" : "s")}");
        foreach (var (path, against) in Paths)
        {
            var mine = Of(path, clients);
            to.WriteLine($"  {path,-15}  {Spread.Of(mine.Select(one => one.PerSecond)).ToString("#,0")} requests/s  " +
                $"p50 {Spread.Of(mine.Select(one => one.P50)).ToString("0.0")} µs  {Spread.Of(mine.Select(one => one.Bytes)).ToString("#,0")} bytes/request");
            if (against is null) continue;
            var pairs = mine.Zip(Of(against, clients)).ToList();
            to.WriteLine($"  {"to " + against,-15}  rate × {Spread.Of(pairs.Select(pair => pair.First.PerSecond / pair.Second.PerSecond)).ToString("0.000")}  " +
                $"p50 × {Spread.Of(pairs.Select(pair => pair.First.P50 / pair.Second.P50)).ToString("0.000")}  " +
                $"{Spread.Of(pairs.Select(pair => pair.First.Bytes - pair.Second.Bytes)).ToString("+#,0;-#,0")} bytes/request");
        }
    }

    private List<Figures> Of(string path, int clients) => _figures.TryGetValue((path, clients), out var known) ? known : _figures[(path, clients)] = [];

    private readonly record struct Figures(double PerSecond, double P50, double Bytes);
}
