using System.Buffers.Text;
using System.Globalization;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DurableSink.Segments;

/// <summary>
/// What every line ends with (docs/FORMAT.md, Trailer): <c>,"@seq":N,"@hash":"16 hex"}\n</c>, and in the first line of a commit
/// <c>,"@durable":N</c> before it, N right-aligned in 20 characters so that it can be set when the write is issued. The hash is
/// XXH3-64 over all bytes of the line before <c>,"@hash"</c>.
/// </summary>
internal static class LineTrailer
{
    public const byte Newline = (byte)'\n';

    private const int DurableWidth = 20;
    private const int HashDigits = 16;

    private static ReadOnlySpan<byte> DurableField => ",\"@durable\":"u8;
    private static ReadOnlySpan<byte> SequenceField => ",\"@seq\":"u8;
    private static ReadOnlySpan<byte> HashField => ",\"@hash\":\""u8;
    private static ReadOnlySpan<byte> End => "\"}"u8;
    private static ReadOnlySpan<byte> Ending => ",\"@hash\":\"0000000000000000\"}\n"u8;

    private static ReadOnlySpan<long> PowersOfTen =>
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
        1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000,
        100_000_000_000_000_000, 1_000_000_000_000_000_000,
    ];

    private const int HashFieldLength = 10;
    private const int HashLength = HashFieldLength + HashDigits + 2;

    /// <summary>Longest trailer, newline included.</summary>
    public static int MaxLength { get; } =
        DurableField.Length + DurableWidth + SequenceField.Length + TextDigits.Most + HashLength + 1;

    /// <summary>The trailer's length, newline included.</summary>
    public static int Length(long sequence, bool withDurable) =>
        (withDurable ? DurableField.Length + DurableWidth : 0) + SequenceField.Length + Digits(sequence) + HashLength + 1;

    /// <summary>
    /// Completes a line: <paramref name="line"/> holds the body and has room for exactly the trailer. Returns its hash; null with
    /// <paramref name="withDurable"/>: <see cref="SetDurable"/> must follow before the line is valid.
    /// </summary>
    public static ulong? Write(Span<byte> line, int bodyLength, long sequence, bool withDurable)
    {
        var at = bodyLength;
        if (withDurable)
        {
            DurableField.CopyTo(line[at..]);
            at += DurableField.Length;
            line.Slice(at, DurableWidth).Fill((byte)' '); // nothing else may stand there, should the process end now
            at += DurableWidth;
        }

        SequenceField.CopyTo(line[at..]);
        at += SequenceField.Length;
        Utf8Formatter.TryFormat(sequence, line[at..], out var digits);
        at += digits;
        Ending.CopyTo(line[at..]);
        if (withDurable) return null;
        var value = XxHash3.HashToUInt64(line[..at]);
        WriteHash(line.Slice(at + HashFieldLength, HashDigits), value);
        return value;
    }

    /// <summary>Sets <c>@durable</c>, and the hash, of a complete line (newline included) that was written with room for it.</summary>
    public static void SetDurable(Span<byte> line, long sequence, long durable)
    {
        var end = line.Length - 1 - HashLength;
        var number = line.Slice(end - Digits(sequence) - SequenceField.Length - DurableWidth, DurableWidth);
        number.Fill((byte)' ');
        Utf8Formatter.TryFormat(durable, number[(DurableWidth - Digits(durable))..], out _);
        WriteHash(line.Slice(end + HashField.Length, HashDigits), XxHash3.HashToUInt64(line[..end]));
    }

    /// <summary>
    /// Reads the trailer of a line (without its newline). False where the line is not whole: no trailer, or a wrong hash, for which there is
    /// one way to write it, so that every flipped bit shows. <paramref name="durable"/> is -1 where the line carries none.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // a recovery's inner loop: slow code at first would be most of its time
    public static bool TryRead(ReadOnlySpan<byte> line, out long sequence, out long durable)
    {
        sequence = 0;
        durable = -1;
        var end = line.Length - HashLength;
        if (end < 2 || line[0] != (byte)'{') return false;
        var trailer = line.Slice(end, HashLength);
        if (!trailer.StartsWith(HashField) || !trailer.EndsWith(End)) return false;
        if (Vector128.Create(trailer.Slice(HashFieldLength, HashDigits)) != TextDigits.Hexadecimal(XxHash3.HashToUInt64(line[..end]))) return false;
        var number = TextDigits.AtEnd(line[..end], out var digits);
        var first = end - digits;
        if (digits is 0 or > TextDigits.Most || number > long.MaxValue || !line[..first].EndsWith(SequenceField)) return false;
        sequence = (long)number;
        var before = line[..(first - SequenceField.Length)];
        if (before.Length > DurableWidth && before[..^DurableWidth].EndsWith(DurableField)) durable = ReadDurable(before[^DurableWidth..]);
        return true;
    }

    /// <summary>The length of what stands before the trailer of a whole line (without its newline): the event as it was appended, but
    /// for its closing brace.</summary>
    public static int BodyLength(ReadOnlySpan<byte> line)
    {
        var number = line[..^HashLength];
        var body = number[..(number.LastIndexOf(SequenceField))];
        var hasDurable = body.Length > DurableWidth && body[..^DurableWidth].EndsWith(DurableField) && ReadDurable(body[^DurableWidth..]) >= 0;
        return hasDurable ? body.Length - DurableWidth - DurableField.Length : body.Length;
    }

    /// <summary>Finds where the trailer of a line (without its newline) begins, and the number in it; whether its hash, and <c>@durable</c>,
    /// are right is not asked. False where there is none.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> line, out int body, out long sequence)
    {
        (body, sequence) = (0, 0);
        var end = line.Length - HashLength;
        if (end < 2 || !line[end..].StartsWith(HashField) || !line.EndsWith(End)) return false;
        var field = line[..end].LastIndexOf(SequenceField);
        if (field < 0 || !Utf8Parser.TryParse(line[(field + SequenceField.Length)..end], out sequence, out var used) ||
            used != end - field - SequenceField.Length) return false;
        var durable = field - DurableWidth - DurableField.Length;
        var isDurable = durable > 0 && line[durable..].StartsWith(DurableField) && !line[(durable + DurableField.Length)..field].ContainsAnyExcept(" 0123456789"u8);
        body = isDurable ? durable : field;
        return true;
    }

    /// <summary>The <c>@hash</c> of a whole line (without its newline).</summary>
    public static ulong HashOf(ReadOnlySpan<byte> line) =>
        TryReadHash(line.Slice(line.Length - HashLength + HashField.Length, HashDigits), out var hash) ? hash : 0;

    /// <summary>A hash as it stands in a line.</summary>
    public static string ToText(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>The hash of the line is right, so anything else than a number is the end of a logged value that looks like this field.</summary>
    private static long ReadDurable(ReadOnlySpan<byte> field)
    {
        var number = field.TrimStart((byte)' ');
        return Utf8Parser.TryParse(number, out long durable, out var used) && used == number.Length ? durable : -1;
    }

    private static int Digits(long value)
    {
        // A number's bits tell its digits but for one: log10(2) is 1233/4096.
        var digits = (BitOperations.Log2((ulong)value | 1) + 1) * 1233 >> 12;
        return digits + (value < PowersOfTen[digits] && digits > 0 ? 0 : 1);
    }

    private static void WriteHash(Span<byte> digits, ulong hash) => TextDigits.Hexadecimal(hash).CopyTo(digits);

    private static bool TryReadHash(ReadOnlySpan<byte> digits, out ulong hash)
    {
        hash = 0;
        foreach (var digit in digits)
        {
            // Lower case only: one way to write a hash, so that every flipped bit shows.
            var value = digit is >= (byte)'0' and <= (byte)'9' ? digit - '0' : digit is >= (byte)'a' and <= (byte)'f' ? digit - 'a' + 10 : -1;
            if (value < 0) return false;
            hash = hash << 4 | (uint)value;
        }

        return true;
    }
}
