using System.Text.Json;
using DurableSink.Events;
using DurableSink.Hosting;
using Microsoft.Extensions.Logging;

namespace DurableSink.Audit;

/// <summary>What is written to an audit log, as the body of a line. Returns the event's time.</summary>
internal static class AuditLine
{
    public static DateTimeOffset Write(EventLine line, DateTimeOffset now, string? key, string templateText, object?[] args, PropertyCapture capture)
    {
        var template = MessageTemplate.Get(templateText);
        var properties = new KeyValuePair<string, object?>[args.Length];
        for (var i = 0; i < args.Length; i++)
            properties[i] = new(i < template.Holes.Length ? template.Holes[i].Key : $"__{i - template.Holes.Length}", args[i]);
        Begin(line, now, key, template);
        if (template.HasFormats) Rendering.Write(line, template, properties);
        ClefWriter.WriteContext(line, LogLevel.Information, null);
        ClefWriter.WriteProperties(line, properties, template, capture);
        return now;
    }

    /// <summary>The members of the object's JSON at the line's top level.</summary>
    public static DateTimeOffset WriteObject<T>(EventLine line, DateTimeOffset now, string? key, string templateText, T payload, OpenedLog log)
    {
        var members = EventLine.Rent(line.Limit);
        try
        {
            Serialize(members, payload, log);
            Begin(line, now, key, MessageTemplate.Get(templateText));
            ClefWriter.WriteContext(line, LogLevel.Information, null);
            WriteMembers(line, members.Bytes);
            return now;
        }
        finally
        {
            EventLine.Return(members);
        }
    }

    private static void Begin(EventLine line, DateTimeOffset now, string? key, MessageTemplate template)
    {
        ClefWriter.Begin(line, now, key);
        template.Write(line);
    }

    /// <summary>What cannot be written is refused: an audit event that says less than it was given would be believed.</summary>
    private static void Serialize<T>(EventLine members, T payload, OpenedLog log)
    {
        if (payload is null) throw new ArgumentException("The object is null.", nameof(payload));
        if (log.Capture.Contract<T>() is not { } contract)
        {
            throw new InvalidOperationException($"An object of type {typeof(T)} cannot be written: TypeInfoResolver is not set, or does not know it. " +
                "Set it to a JsonSerializerContext with [JsonSerializable(typeof(…))] for this type.");
        }

        try
        {
            members.WriteJson((payload, contract), static (json, x) => JsonSerializer.Serialize(json, x.payload, x.contract));
        }
        catch (Exception) when (members.IsFull) // the buffer ended it
        {
            throw new EventTooLargeException(members.WholeLength, log.MaxEventBytes);
        }
        catch (Exception thrown)
        {
            throw new ArgumentException($"The object of type {typeof(T)} cannot be written as JSON: {ClefValue.Describe(thrown)}", nameof(payload), thrown);
        }

        if (members.Bytes[0] != (byte)'{')
            throw new ArgumentException($"The JSON of {typeof(T)} is no object: give it as the value of a template's hole, {{@Name}}.", nameof(payload));
    }

    private static void WriteMembers(EventLine line, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = PropertyNames.Of(reader.GetString());
            if (!line.Names.Add(name)) throw new ArgumentException($"The object's JSON has the member '{name}' twice.");
            JsonText.WriteName(line, name);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            line.Write(json[start..(int)reader.BytesConsumed]);
        }
    }
}
