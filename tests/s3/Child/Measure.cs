using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Amazon.S3;
using DurableSink;
using SegmentShipper;

namespace ShipperChild;

/// <summary>The shipper beside a plain loop of <c>PutObject</c> with the same SDK, over the same files in one run, while a log writes beside both.</summary>
internal static class Measure
{
    private const int Small = 1 << 20;
    private const int Large = 64 << 20;

    public static async Task RunAsync(string directory, IAmazonS3 client, IObjectStore store, string bucket, string prefix, int small, int large, int rounds)
    {
        await using var beside = DurableLog.Open(new() { Directory = Path.Combine(directory, "beside"), LogName = "beside", Preallocation = PreallocationMode.None });
        using var ends = new CancellationTokenSource();
        var writing = WriteOnAsync(beside, ends.Token);
        for (var round = 1; round <= rounds; round++)
        {
            var log = Path.Combine(directory, $"round-{round}");
            await WriteAsync(log, small, Small);
            await WriteAsync(log, large, Large);
            var hashes = Files(log).ToDictionary(file => Path.GetFileName(file)!, Hash);
            var bytes = Files(log).Sum(file => new FileInfo(file).Length);
            var single = bytes / 1e6 / await PlainAsync(log, client, bucket, $"{prefix}/{round}/plain-1", 1);
            var parallel = bytes / 1e6 / await PlainAsync(log, client, bucket, $"{prefix}/{round}/plain-4", 4);
            var (seconds, most) = await ShipAsync(log, store, $"{prefix}/{round}/shipped");
            var equal = await CompareAsync(client, bucket, $"{prefix}/{round}/shipped", hashes);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{hashes.Count} segments, {bytes >> 20} MiB: PutObject one at a time {single:0} MB/s, four {parallel:0} MB/s, shipper {bytes / 1e6 / seconds:0} MB/s; ") +
                $"{equal} byte-equal, {Files(log).Count} left on the disk, at most {most >> 20} MiB there");
        }

        await ends.CancelAsync();
        await writing;
    }

    private static async Task WriteAsync(string directory, int segments, int bytes)
    {
        await using var log = DurableLog.Open(new() { Directory = directory, LogName = "orders", Preallocation = PreallocationMode.None, SegmentBytes = 2L * Large });
        var text = RandomNumberGenerator.GetHexString(100_000);
        for (var i = 0; i < segments; i++)
        {
            for (var written = 0; written < bytes; written += text.Length) log.Append(DurableEvent.Create("Event {Text}", text));
            await log.SealAsync();
        }
    }

    private static async Task<double> PlainAsync(string directory, IAmazonS3 client, string bucket, string prefix, int parallel)
    {
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Files(directory), new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (file, token) =>
            await client.PutObjectAsync(new() { BucketName = bucket, Key = $"{prefix}/{Path.GetFileName(file)}", FilePath = file, UseChunkEncoding = false }, token));
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<(double Seconds, long MostBytes)> ShipAsync(string directory, IObjectStore store, string prefix)
    {
        var (started, most) = (Stopwatch.GetTimestamp(), 0L);
        using var shipper = DirectoryShipper.Open(directory, store, new() { Prefix = prefix });
        var run = shipper.ShipAllAsync();
        while (!run.IsCompleted)
        {
            most = Math.Max(most, Directory.GetFiles(directory).Sum(LengthOf));
            await Task.WhenAny(run, Task.Delay(100));
        }

        await run;
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, most);
    }

    /// <summary>About 2 MB a second.</summary>
    private static async Task WriteOnAsync(DurableLog log, CancellationToken ends)
    {
        var text = new string('y', 20_000);
        while (!ends.IsCancellationRequested)
        {
            for (var i = 0; i < 10; i++) await log.AppendAsync(DurableEvent.Create("Beside {Text}", text), CancellationToken.None);
            await Task.Delay(100, CancellationToken.None);
        }
    }

    private static async Task<int> CompareAsync(IAmazonS3 client, string bucket, string prefix, Dictionary<string, string> hashes)
    {
        var equal = 0;
        for (string? next = null; ;)
        {
            var page = await client.ListObjectsV2Async(new() { BucketName = bucket, Prefix = prefix, ContinuationToken = next });
            foreach (var listed in page.S3Objects ?? [])
            {
                using var answer = await client.GetObjectAsync(bucket, listed.Key);
                var name = Path.GetFileName(listed.Key)[33..]; // behind the log's id
                if (hashes.GetValueOrDefault(name) == Convert.ToHexString(await SHA256.HashDataAsync(answer.ResponseStream))) equal++;
            }

            if (page.IsTruncated != true) return equal;
            next = page.NextContinuationToken;
        }
    }

    private static List<string> Files(string directory) => [.. Directory.GetFiles(directory, "*.clef").Order(StringComparer.Ordinal)];

    private static string Hash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexString(SHA256.HashData(stream));
    }

    private static long LengthOf(string file)
    {
        try
        {
            return new FileInfo(file).Length;
        }
        catch (FileNotFoundException)
        {
            return 0; // shipped meanwhile
        }
    }
}
