using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace DurableSink.Events;

/// <summary>
/// JSON strings. Escaped are control characters, quote, backslash, and every other character that some tool takes for a line break
/// (U+0085, U+2028, U+2029) or a terminal for a command (DEL); all else stays readable UTF-8.
/// </summary>
internal static class JsonText
{
    /// <summary>Most characters that are transcoded at a time, so that a huge string stops soon after the line is full.</summary>
    private const int Chunk = 4096;

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        Enumerable.Range(0x20, 0x5F).Select(c => (char)c).Where(c => c is not ('"' or '\\')).ToArray());

    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(c => (char)c), '"', '\\', '\u007f', '\u0085', '\u2028', '\u2029']);

    /// <summary>For <see cref="System.Text.Json.Utf8JsonWriter"/>: no more escapes than JSON needs (this is no web page).</summary>
    public static JavaScriptEncoder Relaxed => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>The text as it stands in a line, without quotes: for what is encoded once and written often.</summary>
    public static byte[] Encode(ReadOnlySpan<char> text)
    {
        var line = EventLine.Rent();
        WriteEscaped(line, text);
        var encoded = line.Bytes.ToArray();
        EventLine.Return(line);
        return encoded;
    }

    /// <summary>Writes a quoted string.</summary>
    public static void WriteString(EventLine line, ReadOnlySpan<char> text)
    {
        line.Write((byte)'"');
        WriteEscaped(line, text);
        line.Write((byte)'"');
    }

    /// <summary>Writes <c>,"name":</c>, a leading <c>@</c> doubled, as CLEF keeps names with one for itself.</summary>
    public static void WriteName(EventLine line, ReadOnlySpan<char> name)
    {
        line.Write(",\""u8);
        if (name.StartsWith('@')) line.Write((byte)'@');
        WriteEscaped(line, name);
        line.Write("\":"u8);
    }

    public static void WriteEscaped(EventLine line, ReadOnlySpan<char> text)
    {
        if (text.Length <= Chunk && !text.ContainsAnyExcept(Plain))
        {
            Ascii.FromUtf16(text, line.GetSpan(text.Length), out var written);
            line.Advance(written);
            return;
        }

        while (!text.IsEmpty)
        {
            if (line.IsFull)
            {
                line.Skipped += text.Length;
                return;
            }

            var run = text[..ChunkLength(text)];
            var clean = run.IndexOfAny(Escaped);
            if (clean != 0) WriteUtf8(line, clean < 0 ? run : run[..clean]);
            if (clean >= 0) WriteEscape(line, run[clean]);
            text = text[(clean < 0 ? run.Length : clean + 1)..];
        }
    }

    private static int ChunkLength(ReadOnlySpan<char> text)
    {
        if (text.Length <= Chunk) return text.Length;
        return char.IsHighSurrogate(text[Chunk - 1]) ? Chunk - 1 : Chunk;
    }

    private static void WriteUtf8(EventLine line, ReadOnlySpan<char> text)
    {
        // replaceInvalidSequences: a lone surrogate becomes U+FFFD.
        Utf8.FromUtf16(text, line.GetSpan(text.Length * 3), out _, out var written, replaceInvalidSequences: true);
        line.Advance(written);
    }

    private static void WriteEscape(EventLine line, char c)
    {
        switch (c)
        {
            case '"': line.Write("\\\""u8); break;
            case '\\': line.Write("\\\\"u8); break;
            case '\n': line.Write("\\n"u8); break;
            case '\r': line.Write("\\r"u8); break;
            case '\t': line.Write("\\t"u8); break;
            case '\f': line.Write("\\f"u8); break;
            default:
                line.Write("\\u"u8);
                ((int)c).TryFormat(line.GetSpan(4), out var written, "X4");
                line.Advance(written);
                break;
        }
    }
}
