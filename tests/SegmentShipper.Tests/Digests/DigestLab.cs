using System.Security.Cryptography;
using DurableSink.Tests.Storage;
using SegmentShipper.Digests;
using Xunit;

namespace SegmentShipper.Tests.Digests;

/// <summary>The digests in a store, and what must be true of them.</summary>
internal static class DigestLab
{
    public static List<(string Key, Digest Digest, byte[] Line)> On(SimulatedDrive target) =>
        [.. ShipLab.StoredOn(target).Where(o => o.Key.Contains("digests/", StringComparison.Ordinal) && !IsPart(o.Key)).Select(o => (o.Key, Read(o.Key, o.Value), o.Value))];

    /// <summary>The chain holds from number 1 on, and names each segment's object with its hash, and nothing else.</summary>
    public static void Check(SimulatedDrive target, string when = "")
    {
        var digests = On(target);
        var (number, hash) = (0L, (string?)null);
        var named = new Dictionary<string, string>();
        foreach (var (key, digest, line) in digests)
        {
            Assert.True(digest.Number == number + 1, $"{when}: {key} after number {number}");
            Assert.True(digest.PreviousSha256 == hash, $"{when}: {key} follows {digest.PreviousSha256}, not {hash}");
            (number, hash) = (digest.Number, Digest.HashOf(line));
            foreach (var segment in digest.Segments)
                Assert.True(named.TryAdd(segment.Key, segment.Sha256) || named[segment.Key] == segment.Sha256, $"{when}: {segment.Key} has two hashes");
        }

        Assert.True(!ShipLab.StoredOn(target).Keys.Any(IsPart), $"{when}: left {string.Join(' ', ShipLab.StoredOn(target).Keys)}");
        var stored = ShipLab.StoredOn(target).Where(o => o.Key.Contains(".clef", StringComparison.Ordinal))
            .ToDictionary(o => o.Key, o => Convert.ToHexStringLower(SHA256.HashData(o.Key.EndsWith(".gz", StringComparison.Ordinal) ? ShipLab.Unzip(o.Value) : o.Value)));
        Assert.True(stored.OrderBy(o => o.Key).SequenceEqual(named.OrderBy(n => n.Key)), $"{when}: in the store {string.Join(' ', stored.Keys)}; in digests {string.Join(' ', named.Keys)}");
    }

    /// <summary>What a crash leaves of an object that was never one.</summary>
    private static bool IsPart(string key) => key.EndsWith(".part", StringComparison.Ordinal);

    private static Digest Read(string key, byte[] line) => Digest.TryRead(line, out var digest) ? digest : throw new InvalidDataException($"{key} is no digest");
}
