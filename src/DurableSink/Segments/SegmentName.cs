using System.Globalization;
using System.Security.Cryptography;

namespace DurableSink.Segments;

/// <summary>A segment's name: <c>orders-00000000000000000001-5f3a9c2e</c> (docs/FORMAT.md, Names). Name order is log order.</summary>
internal sealed record SegmentName(string Log, long FirstSequence, string Id)
{
    public const string ActiveSuffix = ".clef.active";
    public const string SealedSuffix = ".clef";
    public const string DamagedSuffix = ".damaged";
    public const string SpareSuffix = ".spare";
    public const string KeysSuffix = ".keys";

    private const int IdDigits = 8;
    private const int SequenceDigits = 20;

    private string Base => $"{Log}-{FirstSequence.ToString("D20", CultureInfo.InvariantCulture)}-{Id}";

    public string Active => Base + ActiveSuffix;

    public string Sealed => Base + SealedSuffix;

    public string Damaged => Base + SealedSuffix + DamagedSuffix;

    /// <summary>The segment's idempotency keys (<see cref="KeyFile"/>).</summary>
    public string Keys => Base + KeysSuffix;

    /// <summary>The copy of a tail that recovery cuts from this segment at <paramref name="offset"/>.</summary>
    public string DamagedTail(long offset) =>
        $"{Base}{SealedSuffix}.tail-{offset.ToString(CultureInfo.InvariantCulture)}{DamagedSuffix}";

    public static string NewId() => RandomNumberGenerator.GetHexString(IdDigits, lowercase: true);

    public static string NewSpare(string log) => $"{log}-{NewId()}{SpareSuffix}";

    public static bool TryParseActive(string file, out SegmentName name) => TryParse(file, ActiveSuffix, out name);

    public static bool TryParseSealed(string file, out SegmentName name) => TryParse(file, SealedSuffix, out name);

    /// <summary>The segment whose file this is, active or sealed; null for any other.</summary>
    public static SegmentName? TryParse(string file) => TryParseSealed(file, out var name) || TryParseActive(file, out name) ? name : null;

    public static bool TryParseKeys(string file, out SegmentName name) => TryParse(file, KeysSuffix, out name);

    /// <summary>The segment that a set-aside file came from, whatever stands between its base and <c>.damaged</c>.</summary>
    public static bool TryParseDamaged(string file, out SegmentName name)
    {
        name = null!;
        if (!file.EndsWith(DamagedSuffix, StringComparison.Ordinal)) return false;
        var end = file.LastIndexOf(SealedSuffix, StringComparison.Ordinal);
        return end > 0 && TryParse(file[..(end + SealedSuffix.Length)], SealedSuffix, out name);
    }

    private static bool TryParse(string file, string suffix, out SegmentName name)
    {
        name = null!;
        if (!file.EndsWith(suffix, StringComparison.Ordinal)) return false;
        var rest = file.AsSpan(0, file.Length - suffix.Length);
        var dash = rest.Length - IdDigits - 1;
        var digits = dash - SequenceDigits;
        if (digits < 2 || rest[dash] != '-' || rest[digits - 1] != '-') return false;
        var id = rest[(dash + 1)..];
        if (id.ContainsAnyExcept("0123456789abcdef")) return false;
        if (!long.TryParse(rest[digits..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var first) || first < 1) return false;
        name = new(rest[..(digits - 1)].ToString(), first, id.ToString());
        return true;
    }
}
