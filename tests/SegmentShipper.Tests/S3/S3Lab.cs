using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using DurableSink;
using DurableSink.Tests;
using Xunit;

namespace SegmentShipper.Tests.S3;

/// <summary>A log on this machine's file system, and a prefix of its own in a server's bucket.</summary>
internal sealed class S3Lab : IDisposable
{
    private readonly TempDirectory _home = new();
    private readonly IAmazonS3 _client;

    public S3Lab(S3Server server)
    {
        server.Require();
        Bucket = server.Bucket;
        _client = server.Client(server.Options());
        Prefix = $"lab-{Guid.NewGuid():N}";
        Options = new ShippingOptions
        {
            Prefix = Prefix,
            OnNotice = notice => { lock (Notices) Notices.Add(notice); },
            ScanInterval = TimeSpan.FromMilliseconds(20),
            RetryDelay = TimeSpan.FromMilliseconds(20),
            MaxRetryDelay = TimeSpan.FromMilliseconds(200),
        };
    }

    public string Prefix { get; }

    public string Bucket { get; private set; }

    public string Directory => _home["log"];

    public ShippingOptions Options { get; }

    public List<DurableNotice> Notices { get; } = [];

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public string[] Sealed => System.IO.Directory.GetFiles(Directory, "*.clef");

    public DurableLog OpenLog(long segmentBytes = 64L << 20) => DurableLog.Open(new()
    {
        Directory = Directory,
        LogName = "orders",
        Preallocation = PreallocationMode.None,
        SegmentBytes = segmentBytes,
    });

    /// <summary>So many sealed segments, and their content by file name.</summary>
    public async Task<Dictionary<string, byte[]>> WriteAsync(int segments, int bytes = 2_000)
    {
        await using (var log = OpenLog())
        {
            for (var i = 0; i < segments; i++)
            {
                for (var left = bytes; left > 0; left -= 200_000) log.Append(DurableEvent.Create("Event {Text}", RandomNumberGenerator.GetHexString(Math.Min(left, 200_000))));
                await log.SealAsync(Token);
            }
        }

        return Sealed.ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
    }

    public DirectoryShipper Open(IObjectStore store) => DirectoryShipper.Open(Directory, store, Options);

    /// <summary>Ships until nothing is left to ship.</summary>
    public async Task<ShippingStatus> ShipAsync(S3ObjectStoreOptions options)
    {
        await using var store = new S3ObjectStore(options);
        using var shipper = Open(store);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Token);
        timeout.CancelAfter(TimeSpan.FromMinutes(1));
        try
        {
            await shipper.ShipAllAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"not all is shipped after a minute: {shipper.Status}");
        }

        return shipper.Status;
    }

    /// <summary>From now on the bucket is another one, which keeps all versions.</summary>
    public async Task KeepVersionsAsync()
    {
        Bucket = $"versions-{Guid.NewGuid():N}";
        await _client.PutBucketAsync(Bucket, Token);
        await _client.PutBucketVersioningAsync(new() { BucketName = Bucket, VersioningConfig = new() { Status = VersionStatus.Enabled } }, Token);
    }

    /// <summary>All versions of all objects of this lab, as key and ETag.</summary>
    public async Task<List<(string Key, string Tag)>> VersionsAsync()
    {
        var found = new List<(string Key, string Tag)>();
        var request = new ListVersionsRequest { BucketName = Bucket, Prefix = Prefix };
        while (true)
        {
            var page = await _client.ListVersionsAsync(request, Token);
            found.AddRange((page.Versions ?? []).Select(version => (version.Key, version.ETag)));
            if (page.IsTruncated != true) return found;
            (request.KeyMarker, request.VersionIdMarker) = (page.NextKeyMarker, page.NextVersionIdMarker);
        }
    }

    public async Task<Dictionary<string, byte[]>> ObjectsAsync()
    {
        var found = new Dictionary<string, byte[]>();
        var request = new ListObjectsV2Request { BucketName = Bucket, Prefix = Prefix };
        while (true)
        {
            var page = await _client.ListObjectsV2Async(request, Token);
            foreach (var listed in page.S3Objects ?? []) found[listed.Key] = await ReadAsync(listed.Key);
            if (page.IsTruncated != true) return found;
            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    /// <summary>How many objects the server names in one answer.</summary>
    public async Task<int> ListedAtOnceAsync() =>
        ((await _client.ListObjectsV2Async(new() { BucketName = Bucket, Prefix = Prefix }, Token)).S3Objects ?? []).Count;

    public async Task<int> UploadsLeftAsync() =>
        ((await _client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = Bucket, Prefix = Prefix }, Token)).MultipartUploads ?? []).Count;

    public Task PutAsync(string key, string text) => _client.PutObjectAsync(
        new() { BucketName = Bucket, Key = key, ContentBody = text, UseChunkEncoding = false }, Token);

    /// <summary>Where a segment's object goes.</summary>
    public string KeyOf(byte[] segment, string file)
    {
        using var json = System.Text.Json.JsonDocument.Parse(segment.Split((byte)'\n').First());
        var time = json.RootElement.GetProperty("@t").GetDateTimeOffset().UtcDateTime;
        return $"{Prefix}/log=orders/dt={time:yyyy-MM-dd}/hour={time:HH}/{json.RootElement.GetProperty("LogId").GetString()}-{file}";
    }

    /// <summary>Each segment is there, with its bytes, and nothing else; the newest alone is still on the disk.</summary>
    public async Task CheckAsync(Dictionary<string, byte[]> written)
    {
        var objects = await ObjectsAsync();
        Assert.Equal(written.Select(file => KeyOf(file.Value, file.Key)).Order(), objects.Keys.Order());
        foreach (var (file, bytes) in written) Assert.True(objects[KeyOf(bytes, file)].AsSpan().SequenceEqual(bytes), $"{file} has other bytes in the bucket");
        Assert.Equal(written.Keys.Max(), Path.GetFileName(Assert.Single(Sealed)));
    }

    public void Dispose()
    {
        _client.Dispose();
        _home.Dispose();
    }

    private async Task<byte[]> ReadAsync(string key)
    {
        using var answer = await _client.GetObjectAsync(Bucket, key, Token);
        using var all = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(all, Token);
        return all.ToArray();
    }
}
