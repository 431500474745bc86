using System.IO.Compression;
using DurableSink.Storage;
using DurableSink.Tooling.Shipping;
using Polly;
using Polly.Retry;
using SegmentShipper;

namespace DurableSink.Tooling.Verifying.Stored;

/// <summary>
/// Objects as files to be read: where they lie, where that is a directory; else by a copy, one at a time, in the directory for temporary files (TMPDIR).
/// </summary>
internal sealed class StoredFiles(Target target, IObjectStore store, Surroundings world) : IDisposable
{
    private const string Copy = "segment";

    private static readonly ResiliencePipeline Retry = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions
    {
        ShouldHandle = static attempt => new(attempt.Outcome.Exception switch
        {
            ObjectStoreException { Error: ObjectStoreError.Unreachable or ObjectStoreError.Throttled or ObjectStoreError.Internal } => true,
            ObjectStoreException or DurableLogException => false,
            var failure => failure is IOException,
        }),
        MaxRetryAttempts = 5,
        BackoffType = DelayBackoffType.Exponential,
        Delay = TimeSpan.FromMilliseconds(500),
    }).Build();

    private DirectoryInfo? _copies;

    /// <summary>An object that is small.</summary>
    public byte[] Read(string key) => Retry.Execute(() =>
    {
        using var content = Open(key);
        using var all = new MemoryStream();
        content.CopyTo(all);
        return all.ToArray();
    });

    /// <summary>A segment's file; it is gone with the next one.</summary>
    /// <exception cref="InvalidDataException">The object is no gzip file, or not a whole one.</exception>
    public ILogFile Open(StoredSegment segment)
    {
        if (target.Directory is { } root && !segment.IsGzip)
        {
            using var place = world.Storage.OpenDirectory(Path.GetFullPath(Path.GetDirectoryName(Path.Combine(root, segment.Key))!), DirectorySettings.ForReading, create: false);
            return place.Open(Path.GetFileName(segment.Key), Access.Segment, write: false);
        }

        _copies ??= Directory.CreateTempSubdirectory("durable-log-");
        Retry.Execute(() =>
        {
            using var content = Open(segment.Key);
            using var plain = segment.IsGzip ? new GZipStream(content, CompressionMode.Decompress) : content;
            using var copy = File.Create(Path.Combine(_copies.FullName, Copy));
            plain.CopyTo(copy, 1 << 20);
        });
        using var copies = world.Storage.OpenDirectory(_copies.FullName, DirectorySettings.ForReading, create: false);
        return copies.Open(Copy, Access.Plain, write: false);
    }

    public void Dispose() => _copies?.Delete(recursive: true);

    private Stream Open(string key) => store.OpenReadAsync(key).AsTask().GetAwaiter().GetResult();
}
