using System.Globalization;
using DurableSink.Events;
using Microsoft.Extensions.Logging;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;
using Template = DurableSink.Events.MessageTemplate;

namespace DurableSink.Sinks;

/// <summary>A Serilog event as the body of a line: the same JSON as Serilog's compact formatter makes of it. Never throws.</summary>
internal static class LogEventWriter
{
    private const int KeptCharacters = 4096;

    [ThreadStatic]
    private static StringWriter? _free;

    public static void Write(EventLine line, LogEvent e)
    {
        ClefWriter.Begin(line, e.Timestamp);
        Template.Get(e.MessageTemplate.Text).Write(line);
        WriteRenderings(line, e);
        WriteContext(line, e);
        WriteProperties(line, e.Properties);
    }

    /// <summary><c>@r</c>: the texts of those holes that have a format, which a reader of the log could not reproduce.</summary>
    private static void WriteRenderings(EventLine line, LogEvent e)
    {
        var tokens = e.MessageTemplate.Tokens as MessageTemplateToken[] ?? [.. e.MessageTemplate.Tokens];
        var any = false;
        foreach (var token in tokens)
        {
            if (token is not PropertyToken { Format: not null } hole) continue;
            line.Write(any ? ","u8 : ",\"@r\":["u8);
            any = true;
            JsonText.WriteString(line, Render(hole, e.Properties));
        }

        if (any) line.Write((byte)']');
    }

    private static string Render(PropertyToken hole, IReadOnlyDictionary<string, LogEventPropertyValue> properties)
    {
        var text = _free ?? new StringWriter(CultureInfo.InvariantCulture);
        _free = null; // a value that logs in its ToString gets one of its own
        try
        {
            hole.Render(properties, text, CultureInfo.InvariantCulture);
            return text.ToString();
        }
        catch (Exception thrown)
        {
            return ClefValue.Describe(thrown); // the value's own code
        }
        finally
        {
            var characters = text.GetStringBuilder().Clear();
            if (characters.Capacity <= KeptCharacters) _free = text;
        }
    }

    private static void WriteContext(EventLine line, LogEvent e)
    {
        var level = (LogLevel)e.Level; // the same six in the same order
        if (e.Level is < LogEventLevel.Verbose or > LogEventLevel.Fatal)
        {
            line.Write(",\"@l\":"u8);
            JsonText.WriteString(line, e.Level.ToString()); // a number that stands for no level
            level = LogLevel.Information;
        }

        var exception = e.Exception is null ? null : ClefValue.TextOf(e.Exception) ?? "";
        ClefWriter.WriteContext(line, level, exception, e.TraceId, e.SpanId);
    }

    private static void WriteProperties(EventLine line, IReadOnlyDictionary<string, LogEventPropertyValue> properties)
    {
        if (properties is Dictionary<string, LogEventPropertyValue> own) // as it is: its enumerator costs nothing
        {
            foreach (var (name, value) in own) WriteProperty(line, name, value);
        }
        else
        {
            foreach (var (name, value) in properties) WriteProperty(line, name, value);
        }

        if (line.IsFull) WriteSource(line, properties);
    }

    /// <summary>Where the line is to be shortened: what it then says of the event's origin must not depend on the properties' order.</summary>
    private static void WriteSource(EventLine line, IReadOnlyDictionary<string, LogEventPropertyValue> properties)
    {
        if (!properties.TryGetValue(Constants.SourceContextPropertyName, out var value) || value is not ScalarValue { Value: string source }) return;
        if (!line.Names.Add(Constants.SourceContextPropertyName)) return;
        JsonText.WriteName(line, Constants.SourceContextPropertyName);
        line.Write((byte)'"');
        line.Write(JsonText.Encode(source)); // a line that is full takes no more text in the ordinary way
        line.Write((byte)'"');
    }

    private static void WriteProperty(EventLine line, string name, LogEventPropertyValue value)
    {
        var written = PropertyNames.Of(name);
        if (line.IsFull || !line.Names.Add(written)) return;
        JsonText.WriteName(line, written);
        PropertyValueWriter.Write(line, value);
    }
}
