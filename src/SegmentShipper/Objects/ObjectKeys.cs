using System.Globalization;
using DurableSink.Segments;

namespace SegmentShipper.Objects;

/// <summary>
/// Where a segment's object is: <c>prefix/log=orders/dt=2026-11-20/hour=08/&lt;log id&gt;-&lt;file name&gt;</c>. Every part comes from the
/// segment's header, none from the machine or the moment that ships, so whoever ships it again finds what was shipped before (D6).
/// </summary>
internal static class ObjectKeys
{
    public const string GzipSuffix = ".gz";

    /// <summary>The folder beside those of the logs.</summary>
    public const string Digests = "digests";

    private const string DigestSuffix = ".json";

    /// <summary>The key of the plain form.</summary>
    public static string Of(string? prefix, SegmentHeader header)
    {
        var key = string.Create(CultureInfo.InvariantCulture,
            $"log={header.LogName}/dt={header.Time.UtcDateTime:yyyy-MM-dd}/hour={header.Time.UtcDateTime:HH}/{header.LogId}-{header.Name.Sealed}");
        return string.IsNullOrEmpty(prefix) ? key : $"{prefix}/{key}";
    }

    /// <summary>Where a log's digests are: apart from the segments, so that who queries these does not meet them.</summary>
    public static string DigestsOf(string? prefix, LogIdentity log) => $"{(string.IsNullOrEmpty(prefix) ? "" : prefix + "/")}{Digests}/log={log.LogName}/{log.LogId}";

    /// <summary>Where a digest is: its number alone tells it from the others, so of two that follow the same one, one wins.</summary>
    public static string OfDigest(string? prefix, LogIdentity log, long number) => string.Create(CultureInfo.InvariantCulture, $"{DigestsOf(prefix, log)}/{number:D10}{DigestSuffix}");

    /// <summary>The number in a digest's key; null where it is another object's.</summary>
    public static long? NumberOfDigest(string key)
    {
        var name = key[(key.LastIndexOf('/') + 1)..];
        return name.EndsWith(DigestSuffix, StringComparison.Ordinal) && long.TryParse(name[..^DigestSuffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>Whether objects may be named so: the least that every store and every query engine takes as it is.</summary>
    public static bool IsValid(string key) => key.Length is > 0 and <= 1024 && key.Split('/').All(IsPart);

    private static bool IsPart(string part) => part.Length is > 0 and <= 255 && part[0] != '.' && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '=');
}
