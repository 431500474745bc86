using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DurableSink;

/// <summary>
/// What <see cref="IAuditLog"/> answers when an event is durable: which log it is in, where it stands, and the hash of its line. Two
/// receipts are equal when all of that is. Can be kept as JSON, or as the text of <see cref="ToString"/>, and found again with
/// <see cref="DurableLogReader.Find"/>. docs/AUDIT.md says what a receipt proves.
/// </summary>
public sealed record AuditReceipt : IParsable<AuditReceipt>
{
    private const string TimePattern = "yyyyMMdd'T'HHmmssfffffff'Z'";
    private const int LogIdDigits = 32;
    private const int SegmentIdDigits = 8;
    private const int HashDigits = 16;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");
    private const string Form =
        "Expected: log id (32 hexadecimal digits), segment id (8), sequence number, hash (16) and time (20261120T0800011234567Z), " +
        "joined by dots, letters of digits in lower case";

    /// <summary>The log's random id, 32 hexadecimal digits (<see cref="DurableLog.LogId"/>).</summary>
    public required string LogId { get; init; }

    /// <summary>The random id of the segment that the event became durable in, 8 hexadecimal digits: a part of the file's name. A
    /// hint where to look; salvage after damage writes the same line, number and hash into another segment.</summary>
    public required string SegmentId { get; init; }

    /// <summary>The event's number (<c>@seq</c>), from 1 on.</summary>
    public required long Sequence { get; init; }

    /// <summary>The line's hash (<c>@hash</c>): XXH3-64 in 16 hexadecimal digits.</summary>
    public required string Hash { get; init; }

    /// <summary>When the event happened (<c>@t</c>), in UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The receipt as one word of letters, digits and dots, for headers, file names and tickets; <see cref="Parse"/> reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{LogId}.{SegmentId}.{Sequence}.{Hash}.{Time.UtcDateTime.ToString(TimePattern, CultureInfo.InvariantCulture)}");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used: the form is the same everywhere.</param>
    /// <exception cref="FormatException">It is none; the message says what is expected.</exception>
    public static AuditReceipt Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return TryParse(s, provider, out var receipt) ? receipt : throw new FormatException($"'{s}' is no receipt. {Form}.");
    }

    /// <summary>Reads what <see cref="ToString"/> wrote; false where the text is anything else.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used: the form is the same everywhere.</param>
    /// <param name="result">The receipt.</param>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out AuditReceipt result)
    {
        result = null;
        if (s?.Split('.') is not [var logId, var segmentId, var number, var hash, var time]) return false;
        if (!IsHex(logId, LogIdDigits) || !IsHex(segmentId, SegmentIdDigits) || !IsHex(hash, HashDigits)) return false;
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) || sequence < 1 || number[0] == '0') return false;
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParseExact(time, TimePattern, CultureInfo.InvariantCulture, utc, out var happened)) return false;
        result = new() { LogId = logId, SegmentId = segmentId, Sequence = sequence, Hash = hash, Time = happened };
        return true;
    }

    private static bool IsHex(string text, int digits) => text.Length == digits && !text.AsSpan().ContainsAnyExcept(Hex);
}
