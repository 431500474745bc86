using System.IO.Compression;
using System.Security.Cryptography;
using SegmentShipper.Local;

namespace SegmentShipper.Objects;

/// <summary>Whose an object is.</summary>
internal enum Finding
{
    /// <summary>There is none.</summary>
    Absent,

    /// <summary>It holds exactly this segment.</summary>
    Ours,

    /// <summary>It holds something else: never to be replaced (D6).</summary>
    NotOurs,
}

/// <summary>Looks at an object of a segment's key. What it finds is proof enough for the local file to go, or to stay for good (D6).</summary>
internal sealed class ObjectCheck(IObjectStore store)
{
    /// <param name="key">The key of the plain form, or with <see cref="ObjectKeys.GzipSuffix"/>.</param>
    /// <param name="facts">What the segment is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ObjectStoreException">The store could not be asked.</exception>
    public async ValueTask<Finding> LookAsync(string key, SegmentFacts facts, CancellationToken cancellationToken)
    {
        if (await store.HeadAsync(key, cancellationToken).ConfigureAwait(false) is not { } found) return Finding.Absent;
        var isGzip = key.EndsWith(ObjectKeys.GzipSuffix, StringComparison.Ordinal);
        if (!isGzip && found.Length != facts.Bytes.Length) return Finding.NotOurs;
        switch (SegmentMetadata.IsOf(facts, found.Metadata))
        {
            case false:
                return Finding.NotOurs;
            case true when !SegmentMetadata.IsLengthOf(found):
                return Finding.NotOurs;
            case true when SegmentMetadata.IsChecksumOf(found) != false:
                return Finding.Ours;
            default:
                // No metadata, or a checksum that is not the one of what was sent (which encryption changes too): the content decides.
                return await HoldsAsync(key, isGzip, facts, cancellationToken).ConfigureAwait(false) ? Finding.Ours : Finding.NotOurs;
        }
    }

    private async ValueTask<bool> HoldsAsync(string key, bool isGzip, SegmentFacts facts, CancellationToken cancellationToken)
    {
        try
        {
            var content = await store.OpenReadAsync(key, cancellationToken).ConfigureAwait(false);
            await using var owned = content.ConfigureAwait(false);
            if (!isGzip) return await IsAsync(content, facts, cancellationToken).ConfigureAwait(false);
            var plain = new GZipStream(content, CompressionMode.Decompress);
            await using var ownedToo = plain.ConfigureAwait(false);
            return await IsAsync(plain, facts, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException)
        {
            return false; // no gzip
        }
        catch (IOException failure) when (failure is not ObjectStoreException)
        {
            throw new ObjectStoreException(ObjectStoreError.Unreachable, $"'{key}' in {store.Location} could not be read back: {failure.Message}", failure);
        }
    }

    private static async ValueTask<bool> IsAsync(Stream content, SegmentFacts facts, CancellationToken cancellationToken)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 << 10];
        var length = 0L;
        while (length <= facts.Bytes.Length) // no further: what unpacks to more is not ours, however much it may be
        {
            var count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0) break;
            sha256.AppendData(buffer, 0, count);
            length += count;
        }

        return length == facts.Bytes.Length && sha256.GetHashAndReset().AsSpan().SequenceEqual(facts.Bytes.Sha256.Span);
    }
}
