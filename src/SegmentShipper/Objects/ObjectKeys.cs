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

    /// <summary>The key of the plain form.</summary>
    public static string Of(string? prefix, SegmentHeader header)
    {
        var key = string.Create(CultureInfo.InvariantCulture,
            $"log={header.LogName}/dt={header.Time.UtcDateTime:yyyy-MM-dd}/hour={header.Time.UtcDateTime:HH}/{header.LogId}-{header.Name.Sealed}");
        return string.IsNullOrEmpty(prefix) ? key : $"{prefix}/{key}";
    }

    /// <summary>Whether objects may be named so: the least that every store and every query engine takes as it is.</summary>
    public static bool IsValid(string key) => key.Length is > 0 and <= 1024 && key.Split('/').All(IsPart);

    private static bool IsPart(string part) => part.Length is > 0 and <= 255 && part[0] != '.' && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '=');
}
