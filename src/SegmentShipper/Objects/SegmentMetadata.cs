using System.Globalization;
using SegmentShipper.Local;

namespace SegmentShipper.Objects;

/// <summary>What an object says of the segment in it (docs/SHIPPING.md, Objects).</summary>
internal static class SegmentMetadata
{
    private const string LogId = "log-id";
    private const string SegmentId = "segment-id";
    private const string Sha256 = "sha256";
    private const string StoredBytes = "stored-bytes";
    private const string StoredMd5 = "stored-md5";

    public static Dictionary<string, string> Of(SegmentFacts facts, ObjectBytes stored) => new()
    {
        [LogId] = facts.Header.LogId,
        [SegmentId] = facts.Name.Id,
        [Sha256] = facts.Sha256,
        ["bytes"] = Number(facts.Bytes.Length),
        [StoredBytes] = Number(stored.Length),
        [StoredMd5] = Convert.ToHexStringLower(stored.Md5.Span),
        ["count"] = Number(facts.Seal.Count),
        ["first-sequence"] = Number(facts.Seal.FirstSequence),
        ["last-sequence"] = Number(facts.Seal.LastSequence),
        ["host"] = string.Concat(facts.Header.Host.Select(c => c is > ' ' and <= '~' ? c : '_')), // of the writer, not of who ships
    };

    /// <summary>Whether the metadata are those of this segment; null where they are nobody's: kept by no store, or lost in a copy.</summary>
    public static bool? IsOf(SegmentFacts facts, IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(Sha256, out var sha256) || !metadata.TryGetValue(SegmentId, out var segment)) return null;
        return sha256 == facts.Sha256 && segment == facts.Name.Id && metadata.GetValueOrDefault(LogId) == facts.Header.LogId;
    }

    /// <summary>Whether the object is as long as it was made. What the store says of its checksum may prove nothing (encryption, parts).</summary>
    public static bool IsLengthOf(ObjectDescription found) => found.Metadata.GetValueOrDefault(StoredBytes) == Number(found.Length);

    /// <summary>Whether the store's checksum of the object is that of what was sent; null where it tells none.</summary>
    public static bool? IsChecksumOf(ObjectDescription found) =>
        found.Md5 is { } md5 && found.Metadata.TryGetValue(StoredMd5, out var sent) ? md5 == sent : null;

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
