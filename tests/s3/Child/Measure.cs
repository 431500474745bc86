using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Amazon.S3;
using DurableSink;
using SegmentShipper;

namespace ShipperChild;

/// <summary>The shipper beside a plain loop of <c>PutObject</c> with the same SDK, over the same files in one run, while the log goes on.</summary>
internal static class Measure
{
    private const int Small = 1 << 20;
    private const int Large = 64 << 20;

    public static async Task RunAsync(string directory, IAmazonS3 client, IObjectStore store, string bucket, string prefix, int small, int large)
    {
        await WriteAsync(directory, small, Small);
        await WriteAsync(directory, large, Large);
        var hashes = Files(directory).ToDictionary(file => Path.GetFileName(file)!, Hash);
        var bytes = Files(directory).Sum(file => new FileInfo(file).Length);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{hashes.Count} segments, {bytes >> 20} MiB"));
        foreach (var parallel in new[] { 1, 4 })
        {
            var share = await PlainAsync(directory, client, bucket, $"{prefix}/plain-{parallel}", parallel);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"PutObject, {parallel} at a time: {share * bytes / 1e6:0} MB/s"));
        }

        var (rate, most) = await ShipAsync(directory, store, prefix + "/shipped", bytes);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"shipper, 4 at a time, log writing beside it: {rate * bytes / 1e6:0} MB/s, at most {most >> 20} MiB on the disk"));
        var equal = await CompareAsync(client, bucket, prefix + "/shipped", hashes);
        Console.WriteLine($"{equal} of {hashes.Count} objects are byte-equal; {Files(directory).Count} sealed segments are left on the disk");
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

    /// <summary>Files per second, as a share of all.</summary>
    private static async Task<double> PlainAsync(string directory, IAmazonS3 client, string bucket, string prefix, int parallel)
    {
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Files(directory), new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (file, token) =>
            await client.PutObjectAsync(new() { BucketName = bucket, Key = $"{prefix}/{Path.GetFileName(file)}", FilePath = file, UseChunkEncoding = false }, token));
        return 1 / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<(double Rate, long MostBytes)> ShipAsync(string directory, IObjectStore store, string prefix, long all)
    {
        await using var log = DurableLog.Open(new() { Directory = directory, LogName = "orders", Preallocation = PreallocationMode.None });
        using var ends = new CancellationTokenSource();
        var writing = WriteOnAsync(log, ends.Token);
        var (started, most) = (Stopwatch.GetTimestamp(), all);
        using (var shipper = DirectoryShipper.Open(log, store, new() { Prefix = prefix }))
        {
            var run = shipper.ShipAllAsync();
            while (!run.IsCompleted)
            {
                most = Math.Max(most, Directory.GetFiles(directory).Sum(LengthOf));
                await Task.WhenAny(run, Task.Delay(100));
            }

            await run;
        }

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await ends.CancelAsync();
        await writing;
        return (1 / seconds, most);
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
