using System.Text.Json;

namespace DurableSink.Events;

/// <summary>
/// What is written for an event whose line would be longer than the log allows: when, how bad, where from, and as much of its
/// message and exception as there is room for, with <c>"Truncated":true,"OriginalBytes":N</c>. Its properties are left out.
/// </summary>
internal static class ShortenedEvent
{
    private const int StartBytes = 36; // {"@t":"yyyy-MM-ddTHH:mm:ss.fffffffZ"

    /// <summary>Puts the shortened body, at most <paramref name="maxBodyBytes"/> long, in the place of the whole one.</summary>
    public static void Replace(EventLine line, int maxBodyBytes)
    {
        var whole = new byte[line.Length + 1];
        line.Bytes.CopyTo(whole);
        whole[^1] = (byte)'}';
        var originalBytes = line.WholeLength; // skipped characters take at least a byte each

        line.Clear();
        line.Write(whole.AsSpan(0, StartBytes));
        Span<byte> end = stackalloc byte[64];
        System.Text.Unicode.Utf8.TryWrite(end, $",\"Truncated\":true,\"OriginalBytes\":{originalBytes}", out var endLength);

        var room = maxBodyBytes - endLength;
        try
        {
            WriteMembers(line, whole, room);
        }
        catch (JsonException)
        {
            line.Rewind(StartBytes); // an application's converter wrote what is no JSON
        }

        line.Write(end[..endLength]);
    }

    /// <summary>The members in the order of a whole event; each bound leaves room for those after it.</summary>
    private static void WriteMembers(EventLine line, byte[] whole, int room)
    {
        WriteString(line, whole, "@mt", line.Length + ((room - line.Length) / 2));
        WriteString(line, whole, "@m", line.Length + ((room - line.Length) / 2));
        WriteString(line, whole, "@l", room);
        var context = Find(whole, "SourceContext", out var category) ? Math.Min(category.Length + 19, (room - line.Length) / 2) : 0;
        WriteString(line, whole, "@x", room - context);
        WriteString(line, whole, "@tr", room - context);
        WriteString(line, whole, "@sp", room - context);
        WriteString(line, whole, "SourceContext", room);
    }

    /// <summary>Copies a string member, cut so that the line does not pass <paramref name="bound"/>.</summary>
    private static void WriteString(EventLine line, byte[] whole, string name, int bound)
    {
        if (!Find(whole, name, out var value)) return;
        var around = name.Length + 6; // ,"name":"…"
        var cut = CutEscaped(value, bound - line.Length - around);
        if (cut < 0) return;
        line.Write(",\""u8);
        JsonText.WriteEscaped(line, name);
        line.Write("\":\""u8);
        line.Write(value[..cut]);
        line.Write((byte)'"');
    }

    /// <summary>The text of a top-level string member, still escaped.</summary>
    private static bool Find(byte[] whole, string name, out ReadOnlySpan<byte> value)
    {
        var reader = new Utf8JsonReader(whole, new JsonReaderOptions { MaxDepth = 1000 });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found && reader.TokenType == JsonTokenType.String)
            {
                value = reader.ValueSpan;
                return true;
            }

            reader.Skip();
        }

        value = default;
        return false;
    }

    /// <summary>The greatest length up to <paramref name="max"/> that splits neither an escape nor a character; below 0: no room.</summary>
    private static int CutEscaped(ReadOnlySpan<byte> text, int max)
    {
        if (text.Length <= max || max < 0) return Math.Min(text.Length, max);
        var cut = max;
        while (cut > 0 && (text[cut] & 0xC0) == 0x80) cut--;

        // An escape is at most six bytes. It is one where an odd number of backslashes begins it.
        for (var escape = Math.Max(0, cut - 5); escape < cut; escape++)
        {
            if (text[escape] != '\\') continue;
            var length = text[escape + 1] == 'u' ? 6 : 2;
            if (PrecedingBackslashes(text, escape) % 2 == 0 && escape + length > cut) return escape;
        }

        return cut;
    }

    private static int PrecedingBackslashes(ReadOnlySpan<byte> text, int position)
    {
        var count = 0;
        while (position - count > 0 && text[position - count - 1] == '\\') count++;
        return count;
    }
}
