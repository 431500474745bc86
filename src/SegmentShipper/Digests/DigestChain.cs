using System.Security.Cryptography;
using DurableSink;
using DurableSink.Segments;
using Microsoft.Extensions.Logging;
using SegmentShipper.Local;
using SegmentShipper.Objects;
using SegmentShipper.S3;

namespace SegmentShipper.Digests;

/// <summary>
/// The digests of one log: the next one is made at each full hour, also when nothing happened, and when much waits for it. Where the chain stands is known
/// from the store alone, so whoever ships the log next goes on with it; the number in the key lets one of two win (D6). Not thread-safe.
/// </summary>
internal sealed class DigestChain(ShippedDirectory directory, DigestNotes notes, IObjectStore store, ShippingOptions options, Action<DurableNotice> notify)
{
    internal const int MostSegments = 10_000; // of one digest, some 2 MiB

    private readonly SealKey? _key = options.DigestKeyFile is { } file ? SealKey.ReadPrivate(file, nameof(options.DigestKeyFile)) : null;
    private LogIdentity? _log;
    private (long Number, DateTimeOffset? To, string? Sha256)? _last;
    private bool _isBroken;

    /// <summary>Makes the next digest where its time has come.</summary>
    /// <param name="isEnd">Nobody may come back: what was verified is to stand in a digest now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ObjectStoreException">The store failed.</exception>
    /// <exception cref="DurableIOException">The drive failed.</exception>
    public async ValueTask WriteWhereDueAsync(bool isEnd, CancellationToken cancellationToken)
    {
        if (_isBroken || (_log ??= IdentityOf(directory)) is not { } log) return;
        try
        {
            _last ??= await FindLastAsync(log, null, cancellationToken).ConfigureAwait(false);
            while (IsDue(options.TimeProvider.GetUtcNow(), isEnd)) await WriteAsync(log, cancellationToken).ConfigureAwait(false);
        }
        catch (BrokenChainException broken)
        {
            _isBroken = true;
            notify(new(LogLevel.Critical, "DigestsBroken",
                $"Log '{log.LogName}' gets no more digests: {broken.Message} Nothing was overwritten, and segments are shipped as before. See to who wrote that object, move it away, and start again."));
        }
    }

    private bool IsDue(DateTimeOffset now, bool isEnd)
    {
        var waiting = notes.Count;
        if (waiting >= MostSegments || (waiting > 0 && isEnd)) return true;
        return _last!.Value.To is { } to ? Hour(now) > Hour(to) : waiting > 0;
    }

    private async ValueTask WriteAsync(LogIdentity log, CancellationToken cancellationToken)
    {
        var (number, from, sha256) = _last!.Value;
        var digest = new Digest
        {
            LogName = log.LogName,
            LogId = log.LogId,
            Number = number + 1,
            From = from,
            To = options.TimeProvider.GetUtcNow(),
            Segments = notes.Take(MostSegments),
            PreviousSha256 = sha256,
        };
        var line = digest.ToLine(_key);
        var key = ObjectKeys.OfDigest(options.Prefix, log, digest.Number);
        var before = _last;
        _last = null; // until it is known what became of it
        await store.PutIfAbsentAsync(key, new()
        {
            Stream = new MemoryStream(line),
            Length = line.Length,
            Sha256 = SHA256.HashData(line),
            Md5 = Md5.Of(line),
            ContentType = "application/json",
        }, cancellationToken).ConfigureAwait(false);
        _last = await FindLastAsync(log, before, cancellationToken).ConfigureAwait(false); // ours, or the one of an attempt whose answer was lost
    }

    /// <summary>The end of the chain in the store. What it names is no longer to be named.</summary>
    /// <param name="log">Whose.</param>
    /// <param name="before">The end as it was known, where it was: the one found must follow it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async ValueTask<(long Number, DateTimeOffset? To, string? Sha256)> FindLastAsync(
        LogIdentity log, (long Number, DateTimeOffset? To, string? Sha256)? before, CancellationToken cancellationToken)
    {
        var last = 0L;
        await foreach (var found in store.ListAsync(ObjectKeys.DigestsOf(options.Prefix, log), cancellationToken).ConfigureAwait(false))
            if (ObjectKeys.NumberOfDigest(found.Key) is { } number) last = Math.Max(last, number);
        if (last == 0) return before is null ? (0, null, null) : throw new ObjectStoreException(ObjectStoreError.Internal, $"A digest was written to {store.Location}, and is not listed there.");

        var key = ObjectKeys.OfDigest(options.Prefix, log, last);
        await store.HeadAsync(key, cancellationToken).ConfigureAwait(false); // what is told to be there stays there
        var line = await ReadAsync(key, cancellationToken).ConfigureAwait(false);
        var place = $"'{key}' in {store.Location}";
        if (!Digest.TryRead(line, out var digest) || digest.Number != last || digest.LogId != log.LogId) throw new BrokenChainException($"{place} is no digest of it.");
        if (_key is not null && (before is not null || SealKey.IdIn(line) == _key.Id) && !_key.Signed(line)) throw new BrokenChainException($"{place} has a signature that was not made with its key.");
        if (before is { } known && (digest.Number != known.Number + 1 || digest.PreviousSha256 != known.Sha256)) throw new BrokenChainException($"{place} does not follow the digest that was the last one.");
        notes.Remove(digest.Segments);
        return (digest.Number, digest.To, Digest.HashOf(line));
    }

    private async ValueTask<byte[]> ReadAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            var content = await store.OpenReadAsync(key, cancellationToken).ConfigureAwait(false);
            await using var owned = content.ConfigureAwait(false);
            using var all = new MemoryStream();
            await content.CopyToAsync(all, cancellationToken).ConfigureAwait(false);
            return all.ToArray();
        }
        catch (IOException failure) when (failure is not (ObjectStoreException or DurableLogException))
        {
            throw new ObjectStoreException(ObjectStoreError.Unreachable, $"'{key}' in {store.Location} could not be read: {failure.Message}", failure);
        }
    }

    private static long Hour(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerHour;

    /// <summary>Null where nobody has made the log yet.</summary>
    private static LogIdentity? IdentityOf(ShippedDirectory directory) =>
        directory.Files.List().Contains(LogIdentity.FileName) ? LogIdentity.Read(directory.Files) : null;
}

/// <summary>Something stands in the way of the chain: to be told, and never to be overwritten.</summary>
internal sealed class BrokenChainException(string message) : Exception(message);
