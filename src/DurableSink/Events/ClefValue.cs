using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DurableSink.Events;

/// <summary>Any object as one JSON value, without reflection. Never throws: a value that does becomes a string that says so.</summary>
internal static class ClefValue
{
    internal const int MaxDepth = 10;
    private const int MaxWholeBytes = 1024;
    private const int BytesShownOfLongerOnes = 16;

    public static void Write(EventLine line, object? value, int depth = 0)
    {
        if (!TryWriteScalar(line, value)) WriteForeign(line, value!, depth);
    }

    /// <summary>Writes a value of the types that every JSON reader expects to see in one way; false for all others.</summary>
    public static bool TryWriteScalar(EventLine line, object? value)
    {
        switch (value)
        {
            case null: line.Write("null"u8); break;
            case string text: JsonText.WriteString(line, text); break;
            case int number: WriteNumber(line, number); break;
            case long number: WriteNumber(line, number); break;
            case bool flag: line.Write(flag ? "true"u8 : "false"u8); break;
            case double number when double.IsFinite(number): WriteNumber(line, number); break;
            case float number when float.IsFinite(number): WriteNumber(line, number); break;
            case decimal number: ClefDecimal.Write(line, number); break;
            case Guid id: WriteQuoted(line, id); break;
            case DateTime time: WriteQuoted(line, time, "O"); break;
            case DateTimeOffset time: WriteQuoted(line, time, "O"); break;
            case TimeSpan span: WriteQuoted(line, span); break;
            case DateOnly date: WriteQuoted(line, date, "O"); break;
            case TimeOnly time: WriteQuoted(line, time, "O"); break;
            case byte number: WriteNumber(line, number); break;
            case short number: WriteNumber(line, number); break;
            case ushort number: WriteNumber(line, number); break;
            case uint number: WriteNumber(line, number); break;
            case ulong number: WriteNumber(line, number); break;
            case sbyte number: WriteNumber(line, number); break;
            case nint number: WriteNumber(line, number); break;
            case nuint number: WriteNumber(line, number); break;
            case Half number when Half.IsFinite(number): WriteNumber(line, number); break;
            case char c: JsonText.WriteString(line, new ReadOnlySpan<char>(in c)); break;
            case byte[] bytes: WriteHex(line, bytes); break;
            case Memory<byte> bytes: WriteHex(line, bytes.Span); break;
            case ReadOnlyMemory<byte> bytes: WriteHex(line, bytes.Span); break;
            default: return false;
        }

        return true;
    }

    /// <summary>The value as text, by invariant culture; null for null.</summary>
    public static string? TextOf(object? value)
    {
        try
        {
            return value switch
            {
                Exception exception => ExceptionText.Of(exception),
                IFormattable formattable and not Enum => formattable.ToString(null, CultureInfo.InvariantCulture),
                _ => value?.ToString(),
            };
        }
        catch (Exception thrown)
        {
            return Describe(thrown);
        }
    }

    /// <summary>What stands for a value that threw.</summary>
    public static string Describe(Exception thrown)
    {
        try
        {
            return $"(threw {thrown.GetType().Name}: {thrown.Message})";
        }
        catch (Exception)
        {
            return $"(threw {thrown.GetType().Name})"; // even its message throws
        }
    }

    /// <summary>Code that is not ours runs below here: it may throw, and what it wrote until then is taken back.</summary>
    private static void WriteForeign(EventLine line, object value, int depth)
    {
        var start = line.Length;
        try
        {
            WriteObject(line, value, depth);
        }
        catch (Exception thrown)
        {
            line.Rewind(start);
            JsonText.WriteString(line, Describe(thrown));
        }
    }

    private static void WriteObject(EventLine line, object value, int depth)
    {
        switch (value)
        {
            case JsonElement element: line.WriteJson(element, static (json, e) => e.WriteTo(json)); break;
            case JsonDocument document: line.WriteJson(document, static (json, d) => d.WriteTo(json)); break;
            case JsonNode node: line.WriteJson(node, static (json, n) => n.WriteTo(json)); break;
            case Exception exception: JsonText.WriteString(line, ExceptionText.Of(exception)); break;
            case IEnumerable when depth == MaxDepth: JsonText.WriteString(line, "…"); break; // a cycle ends here
            case IDictionary dictionary: ClefCollection.Write(line, dictionary, depth); break;
            case IEnumerable<KeyValuePair<string, object?>> members: ClefCollection.Write(line, members, depth); break;
            case IEnumerable elements: ClefCollection.Write(line, elements, depth); break;
            case Enum name: JsonText.WriteString(line, name.ToString()); break;
            case ISpanFormattable formattable: WriteFormattable(line, formattable); break;
            case IFormattable formattable:
                JsonText.WriteString(line, formattable.ToString(null, CultureInfo.InvariantCulture));
                break;
            default: JsonText.WriteString(line, value.ToString()); break;
        }
    }

    private static void WriteFormattable(EventLine line, ISpanFormattable value)
    {
        Span<char> text = stackalloc char[128];
        if (value.TryFormat(text, out var written, default, CultureInfo.InvariantCulture)) JsonText.WriteString(line, text[..written]);
        else JsonText.WriteString(line, value.ToString(null, CultureInfo.InvariantCulture));
    }

    public static void WriteNumber<T>(EventLine line, T value)
        where T : struct, IUtf8SpanFormattable
    {
        value.TryFormat(line.GetSpan(64), out var written, default, CultureInfo.InvariantCulture);
        line.Advance(written);
    }

    /// <summary>For types whose text needs no escape.</summary>
    private static void WriteQuoted<T>(EventLine line, T value, ReadOnlySpan<char> format = default)
        where T : struct, IUtf8SpanFormattable
    {
        line.Write((byte)'"');
        value.TryFormat(line.GetSpan(64), out var written, format, CultureInfo.InvariantCulture);
        line.Advance(written);
        line.Write((byte)'"');
    }

    /// <summary>Hexadecimal, a long array cut as Serilog does.</summary>
    private static void WriteHex(EventLine line, ReadOnlySpan<byte> bytes)
    {
        var shown = bytes.Length > MaxWholeBytes ? bytes[..BytesShownOfLongerOnes] : bytes;
        line.Write((byte)'"');
        Convert.TryToHexString(shown, line.GetSpan(shown.Length * 2), out var written);
        line.Advance(written);
        if (shown.Length < bytes.Length)
        {
            line.Write("... ("u8);
            WriteNumber(line, bytes.Length);
            line.Write(" bytes)"u8);
        }

        line.Write((byte)'"');
    }
}
