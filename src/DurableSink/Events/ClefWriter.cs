using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace DurableSink.Events;

/// <summary>
/// An event as the body of a line: a JSON object in CLEF without its closing brace, which the engine adds with the trailer. It begins
/// with <c>{"@t":"</c> and a timestamp of 28 characters: recovery reads it there.
/// </summary>
internal static class ClefWriter
{
    /// <summary>Writes an event that was not logged through a logger.</summary>
    public static void Write(EventLine line, in DurableEvent e, DateTimeOffset now, string? idempotencyKey = null)
    {
        var template = MessageTemplate.Get(e.MessageTemplate ?? "");
        var properties = AsSpan(e.Properties);
        Begin(line, e.Timestamp ?? now, idempotencyKey);
        template.Write(line);
        if (template.HasFormats) Rendering.Write(line, template, properties);
        WriteContext(line, e.Level, e.Exception);
        WriteProperties(line, properties, template: null, capture: null);
    }

    /// <summary>Begins a line. The key stands where no property can: recovery looks for it there.</summary>
    public static void Begin(EventLine line, DateTimeOffset timestamp, string? idempotencyKey = null)
    {
        line.Write(line.Start.At(timestamp));
        WriteIfAny(line, ",\"IdempotencyKey\":"u8, idempotencyKey);
    }

    /// <summary>The message of an event without a template.</summary>
    public static void WriteMessage(EventLine line, string? message)
    {
        line.Write(",\"@m\":"u8);
        JsonText.WriteString(line, message);
    }

    /// <summary>Level, exception, trace and span: all that is named by CLEF itself and follows the message.</summary>
    public static void WriteContext(EventLine line, LogLevel level, Exception? exception)
    {
        var activity = Activity.Current is { IdFormat: ActivityIdFormat.W3C } current ? current : null;
        WriteContext(line, level, exception is null ? null : ClefValue.TextOf(exception) ?? "", activity?.TraceId, activity?.SpanId);
    }

    public static void WriteContext(EventLine line, LogLevel level, string? exception, ActivityTraceId? trace, ActivitySpanId? span)
    {
        line.Write(LevelMember(level));
        WriteIfAny(line, ",\"@x\":"u8, exception);
        WriteIfAny(line, ",\"@tr\":"u8, trace?.ToHexString());
        WriteIfAny(line, ",\"@sp\":"u8, span?.ToHexString());
    }

    private static void WriteIfAny(EventLine line, ReadOnlySpan<byte> name, string? text)
    {
        if (text is null) return;
        line.Write(name);
        JsonText.WriteString(line, text);
    }

    /// <summary>
    /// The event's own properties; of two with one name the last stands. With <paramref name="capture"/>, names begin with their
    /// capturing operator. <paramref name="template"/> has the encoded names, in order, where they come from its holes.
    /// </summary>
    public static void WriteProperties(
        EventLine line, ReadOnlySpan<KeyValuePair<string, object?>> properties, MessageTemplate? template, PropertyCapture? capture)
    {
        var unique = true;
        for (var i = properties.Length - 1; i >= 0; i--)
        {
            var key = PropertyNames.Of(properties[i].Key);
            unique &= line.Names.Add(key, NameStart(key, capture));
        }

        var last = unique ? null : LastOfEachName(properties, capture);
        for (var i = 0; i < properties.Length && !line.IsFull; i++)
        {
            if (last is not null && !last.Contains(i)) continue;
            var key = PropertyNames.Of(properties[i].Key);
            var hole = template is not null && i < template.Holes.Length ? template.Holes[i] : null;
            if (hole?.Key == key) line.Write(hole.EncodedName);
            else JsonText.WriteName(line, key.AsSpan(NameStart(key, capture)));
            WriteValue(line, CaptureOf(key, capture), properties[i].Value, capture);
        }
    }

    /// <summary>Writes a property unless the line has one of that name.</summary>
    public static void WriteIfAbsent(EventLine line, string? name, object? value, PropertyCapture? capture)
    {
        var key = PropertyNames.Of(name);
        var start = NameStart(key, capture);
        if (line.IsFull || !line.Names.Add(key, start)) return;
        JsonText.WriteName(line, key.AsSpan(start));
        WriteValue(line, CaptureOf(key, capture), value, capture);
    }

    /// <summary>Writes a value as its capturing operator says.</summary>
    public static void WriteValue(EventLine line, char operation, object? value, PropertyCapture? capture)
    {
        switch (operation)
        {
            case '@': capture!.WriteSerialized(line, value); break;
            case '$': ClefValue.Write(line, ClefValue.TextOf(value)); break;
            default: ClefValue.Write(line, value); break;
        }
    }

    private static char CaptureOf(string key, PropertyCapture? capture) => capture is null ? default : Hole.CaptureOf(key);

    private static int NameStart(string key, PropertyCapture? capture) => CaptureOf(key, capture) == default ? 0 : 1;

    private static HashSet<int> LastOfEachName(ReadOnlySpan<KeyValuePair<string, object?>> properties, PropertyCapture? capture)
    {
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < properties.Length; i++)
        {
            var key = PropertyNames.Of(properties[i].Key);
            last[key[NameStart(key, capture)..]] = i;
        }

        return [.. last.Values];
    }

    private static ReadOnlySpan<KeyValuePair<string, object?>> AsSpan(IReadOnlyList<KeyValuePair<string, object?>>? properties) =>
        properties switch
        {
            null => default,
            KeyValuePair<string, object?>[] array => array,
            List<KeyValuePair<string, object?>> list => CollectionsMarshal.AsSpan(list),
            _ => properties.ToArray(),
        };

    /// <summary>The framework's levels by Serilog's names; Information is not written, and a level that does not exist is the
    /// lowest.</summary>
    private static ReadOnlySpan<byte> LevelMember(LogLevel level) => level switch
    {
        LogLevel.Information => default,
        LogLevel.Debug => ",\"@l\":\"Debug\""u8,
        LogLevel.Warning => ",\"@l\":\"Warning\""u8,
        LogLevel.Error => ",\"@l\":\"Error\""u8,
        LogLevel.Critical => ",\"@l\":\"Fatal\""u8,
        _ => ",\"@l\":\"Verbose\""u8,
    };
}
