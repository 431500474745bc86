using System.Globalization;

namespace DurableSink.Events;

/// <summary>
/// <c>@r</c>: the texts of those holes that have a format specifier, which a reader of the log could not reproduce. As Serilog
/// renders them: strings quoted unless the format is <c>l</c>.
/// </summary>
internal static class Rendering
{
    public static void Write(EventLine line, MessageTemplate template, ReadOnlySpan<KeyValuePair<string, object?>> properties)
    {
        line.Write(",\"@r\":["u8);
        var first = true;
        for (var i = 0; i < template.Holes.Length; i++)
        {
            var hole = template.Holes[i];
            if (hole.Format is null) continue;
            if (!first) line.Write((byte)',');
            first = false;
            line.Write((byte)'"');
            WriteHole(line, hole, i, properties);
            line.Write((byte)'"');
        }

        line.Write((byte)']');
    }

    private static void WriteHole(EventLine line, Hole hole, int index, ReadOnlySpan<KeyValuePair<string, object?>> properties)
    {
        var property = Find(hole, index, properties);
        if (property < 0)
        {
            JsonText.WriteEscaped(line, hole.Raw); // no value: it stays as it is
            return;
        }

        Span<char> space = stackalloc char[128];
        var text = Render(properties[property].Value, hole, space);
        var padding = Math.Abs(hole.Alignment) - text.Length;
        if (hole.Alignment > 0) WriteSpaces(line, padding);
        JsonText.WriteEscaped(line, text);
        if (hole.Alignment < 0) WriteSpaces(line, padding);
    }

    private static ReadOnlySpan<char> Render(object? value, Hole hole, Span<char> space)
    {
        if (value is null) return "null";
        if (hole.Capture == '$') value = ClefValue.TextOf(value) ?? "";
        if (value is string text) return hole.Format == "l" ? text : $"\"{text.Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
        try
        {
            if (value is ISpanFormattable spanFormattable &&
                spanFormattable.TryFormat(space, out var written, hole.Format, CultureInfo.InvariantCulture))
                return space[..written];
            return value is IFormattable formattable
                ? formattable.ToString(hole.Format, CultureInfo.InvariantCulture)
                : ClefValue.TextOf(value);
        }
        catch (Exception thrown)
        {
            return ClefValue.Describe(thrown);
        }
    }

    /// <summary>A hole's value stands at the hole's place, unless the names come from elsewhere.</summary>
    private static int Find(Hole hole, int index, ReadOnlySpan<KeyValuePair<string, object?>> properties)
    {
        if (index < properties.Length && Fits(hole, properties[index].Key)) return index;
        for (var i = properties.Length - 1; i >= 0; i--)
            if (Fits(hole, properties[i].Key))
                return i;
        return -1;
    }

    private static bool Fits(Hole hole, string? key) => key == hole.Key || key == hole.Name;

    private static void WriteSpaces(EventLine line, int count)
    {
        if (count <= 0) return;
        line.GetSpan(count)[..count].Fill((byte)' ');
        line.Advance(count);
    }
}
