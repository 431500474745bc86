using System.Diagnostics;
using DurableSink.Bench.Measuring;
using DurableSink.Bench.Reporting;

namespace DurableSink.Bench.Answers;

/// <summary>
/// What <c>UseDurableAudit</c> costs a request, over a real server and the loopback; clients and server share the machine. Each client asks
/// for the paths in random order, so that what else the machine does falls on all of them alike.
/// </summary>
internal sealed class AnswerBench(BenchOptions options, TextWriter to)
{
    private const int Counted = 2000; // requests, for the memory of one
    private static readonly int[] Clients = [1, 16];

    /// <summary>Each with the one that it is compared with.</summary>
    private static readonly (string Path, int? Against)[] Paths =
        [("/plain/none", null), ("/held/none", 0), ("/plain/awaited", null), ("/held/awaited", 2), ("/held/dropped", 2)];

    private double Seconds => options.Seconds ?? 2;

    private int Rounds => options.Rounds ?? BenchOptions.UsualRounds;

    public async Task RunAsync()
    {
        var folder = Path.Combine(options.Directory, $"run-{Guid.NewGuid():n}");
        to.WriteLine($"{Rounds} rounds of {Seconds} s, requests of all kinds in random order: median (least..greatest)");
        to.WriteLine($"policy {AnswerServer.Policy}, HTTP/1.1 over the loopback, clients in the same process");
        to.WriteLine(Place.Of(options.Directory).Description);
        to.WriteLine(Runtime.Description);
        var (app, address) = await AnswerServer.StartAsync(folder);
        await using (app)
        {
            using var client = new HttpClient { BaseAddress = address };
            foreach (var clients in Clients) await RunAsync(client, clients);
            await CountBytesAsync(client);
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task RunAsync(HttpClient client, int clients)
    {
        var rounds = new List<double[]>(); // the median latency of each path
        for (var round = 0; round <= Rounds; round++)
        {
            GC.Collect();
            var stopper = new Stopper(Seconds);
            var all = await Task.WhenAll(Enumerable.Range(0, clients).Select(seed => Task.Run(() => AskAsync(client, new Random(seed), stopper))));
            if (round > 0) rounds.Add([.. Paths.Select((_, path) => Latencies.Merge([.. all.Select(one => one[path])]).P50)]); // the first one warms up
        }

        to.WriteLine();
        to.WriteLine($"{clients} client{(clients == 1 ? "" : "s")}: p50, and its ratio to the one without UseDurableAudit");
        for (var path = 0; path < Paths.Length; path++)
        {
            var ratio = Paths[path].Against is { } other ? $"  × {Spread.Of(rounds.Select(round => round[path] / round[other])).ToString("0.000")}" : "";
            to.WriteLine($"  {Paths[path].Path,-15}  {Spread.Of(rounds.Select(round => round[path])).ToString("0.0")} µs{ratio}");
        }
    }

    private static async Task<Latencies[]> AskAsync(HttpClient client, Random order, Stopper stopper)
    {
        Latencies[] mine = [.. Paths.Select(_ => new Latencies())];
        var now = Stopwatch.GetTimestamp();
        while (!stopper.IsOver(now))
        {
            var path = order.Next(Paths.Length);
            await AskAsync(client, Paths[path].Path); // what a request leaves behind falls on its own kind
            var then = Stopwatch.GetTimestamp();
            await AskAsync(client, Paths[path].Path);
            now = Stopwatch.GetTimestamp();
            mine[path].Add(then, now);
        }

        return mine;
    }

    private async Task CountBytesAsync(HttpClient client)
    {
        to.WriteLine();
        to.WriteLine("allocated for a request, client and server");
        foreach (var (path, _) in Paths)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < Counted; i++) await AskAsync(client, path);
            to.WriteLine($"  {path,-15}  {(GC.GetTotalAllocatedBytes(precise: true) - before) / Counted:#,0} bytes");
        }
    }

    private static async Task AskAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        response.EnsureSuccessStatusCode();
    }
}
