using DurableSink;
using DurableSink.Segments;
using DurableSink.Storage;
using SegmentShipper.Local;
using SegmentShipper.Objects;

namespace SegmentShipper.Shipping;

/// <summary>Brings one sealed segment into the store, or finds it there (D6). Keeps nothing between calls: an attempt that failed anywhere
/// is made good by the next one, which begins by looking at what is there.</summary>
internal sealed class SegmentUpload(ShippedDirectory directory, string? logId, IObjectStore store, ShippingOptions options)
{
    private const string ContentType = "application/x-ndjson";
    private const string GzipType = "application/gzip";

    private readonly ObjectCheck _check = new(store);
    private readonly BandwidthLimit? _limit = options.BytesPerSecond is { } most ? new(most, options.TimeProvider) : null;

    /// <summary>Returns when the segment's object is verified.</summary>
    /// <exception cref="SegmentFaultException">The file is not a whole segment of this log.</exception>
    /// <exception cref="ForeignObjectException">Something else has its key.</exception>
    /// <exception cref="ObjectStoreException">The store failed.</exception>
    /// <exception cref="DurableIOException">The drive failed.</exception>
    public async ValueTask<Shipped> ShipAsync(SegmentName name, CancellationToken cancellationToken)
    {
        var facts = SegmentExam.Read(directory.Files, name, logId);
        var plain = ObjectKeys.Of(options.Prefix, facts.Header);
        if (options.Verify == Verification.Head && await FindAsync(plain, facts, cancellationToken).ConfigureAwait(false) is { } there)
            return new(facts, there, 0);

        using var spool = options.Compression == Compression.Gzip ? TryCompress(name) : null;
        var (key, bytes) = spool is null ? (plain, facts.Bytes) : (plain + ObjectKeys.GzipSuffix, spool.Bytes);
        var file = spool?.Open() ?? new LogFileStream(directory.Files.Open(name.Sealed, Access.Plain, write: false), dropsCache: true);
        await using var owned = file.ConfigureAwait(false);
        var result = await store.PutIfAbsentAsync(key, new()
        {
            Stream = _limit?.Apply(file, cancellationToken) ?? file,
            Length = bytes.Length,
            Sha256 = bytes.Sha256,
            Md5 = bytes.Md5,
            ContentType = spool is null ? ContentType : GzipType,
            Metadata = SegmentMetadata.Of(facts, bytes),
        }, cancellationToken).ConfigureAwait(false);
        await VerifyAsync(key, facts, result, cancellationToken).ConfigureAwait(false);
        return new(facts, key, result == PutResult.Created ? bytes.Length : 0);
    }

    /// <summary>The key under which the segment is in the store, in whichever form; null where it is not.</summary>
    private async ValueTask<string?> FindAsync(string plain, SegmentFacts facts, CancellationToken cancellationToken)
    {
        string[] keys = [plain, plain + ObjectKeys.GzipSuffix];
        var findings = await Task.WhenAll(keys.Select(key => _check.LookAsync(key, facts, cancellationToken).AsTask())).ConfigureAwait(false);
        if (Array.IndexOf(findings, Finding.Ours) is >= 0 and var ours) return keys[ours];
        return Array.IndexOf(findings, Finding.NotOurs) is >= 0 and var foreign
            ? throw new ForeignObjectException(store.Location, keys[foreign], "it holds something else than the segment")
            : null;
    }

    private async ValueTask VerifyAsync(string key, SegmentFacts facts, PutResult result, CancellationToken cancellationToken)
    {
        if (options.Verify == Verification.PutChecksum)
        {
            if (result == PutResult.Exists)
                throw new ForeignObjectException(store.Location, key, "an object was there already, and Verify = PutChecksum means that it cannot be looked at");
            return;
        }

        switch (await _check.LookAsync(key, facts, cancellationToken).ConfigureAwait(false))
        {
            case Finding.Ours:
                return;
            case Finding.NotOurs when result == PutResult.Exists:
                throw new ForeignObjectException(store.Location, key, "it holds something else than the segment");
            case Finding.NotOurs:
                throw new ForeignObjectException(store.Location, key, "it was written just now, and what is there is not what was sent");
            default:
                throw new ObjectStoreException(ObjectStoreError.Internal,
                    $"{store.Location} answered that '{key}' is there, and then that it is not. Is the bucket's content removed or hidden by somebody, or are reads not consistent?");
        }
    }

    /// <summary>A drive without room for a second form must not keep the first one from leaving it.</summary>
    private GzipSpool? TryCompress(SegmentName name)
    {
        try
        {
            return GzipSpool.Make(directory.Files, name);
        }
        catch (DurableIOException full) when (full.IsNoRoom)
        {
            return null;
        }
    }
}

/// <summary>A segment whose object is verified.</summary>
/// <param name="Facts">What it is.</param>
/// <param name="Key">Where it is.</param>
/// <param name="SentBytes">What was sent for it; 0 where it was there.</param>
internal sealed record Shipped(SegmentFacts Facts, string Key, long SentBytes);

/// <summary>The key of a segment is taken by an object that is not, or cannot be shown to be, this segment: never to be overwritten (D6).</summary>
internal sealed class ForeignObjectException(string location, string key, string reason) : Exception($"object '{key}' in {location}: {reason}");
