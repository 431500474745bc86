using DurableSink.Events;
using Serilog.Events;

namespace DurableSink.Sinks;

/// <summary>
/// A property's value as Serilog's JSON formatter writes it, with what a strict reader needs: no name twice in an object, and no more
/// levels than most readers follow. Never throws: a value that does becomes a string that says so.
/// </summary>
internal static class PropertyValueWriter
{
    /// <summary>Most readers follow 64 levels, of which the line itself is one. Serilog captures 10 unless told otherwise.</summary>
    internal const int MaxDepth = 60;

    private const string TypeTag = "$type";

    public static void Write(EventLine line, LogEventPropertyValue? value, int depth = 0)
    {
        switch (value)
        {
            case null: line.Write("null"u8); break;
            case ScalarValue scalar: WriteScalar(line, scalar.Value); break;
            case SequenceValue or StructureValue or DictionaryValue when depth == MaxDepth: JsonText.WriteString(line, "…"); break;
            case SequenceValue sequence: WriteSequence(line, sequence.Elements, depth); break;
            case StructureValue structure: WriteStructure(line, structure, depth); break;
            case DictionaryValue dictionary: WriteDictionary(line, dictionary.Elements, depth); break;
            default: JsonText.WriteString(line, ClefValue.TextOf(value)); break; // a kind of the application's own
        }
    }

    /// <summary>Of what our other door writes as a number or in hexadecimal, Serilog writes these as their text.</summary>
    private static void WriteScalar(EventLine line, object? value)
    {
        var isText = value is Half or nint or nuint or byte[] or Memory<byte> or ReadOnlyMemory<byte>;
        if (isText || !ClefValue.TryWriteScalar(line, value)) JsonText.WriteString(line, ClefValue.TextOf(value));
    }

    private static void WriteSequence(EventLine line, IReadOnlyList<LogEventPropertyValue> elements, int depth)
    {
        line.Write((byte)'[');
        for (var i = 0; i < elements.Count && !line.IsFull; i++)
        {
            if (i > 0) line.Write((byte)',');
            Write(line, elements[i], depth + 1);
        }

        line.Write((byte)']');
    }

    private static void WriteStructure(EventLine line, StructureValue structure, int depth)
    {
        var members = structure.Properties;
        var tag = structure.TypeTag;
        var any = false;
        line.Write((byte)'{');
        for (var i = 0; i < members.Count && !line.IsFull; i++)
        {
            if (IsRepeated(members, i)) continue;
            WriteMember(line, members[i].Name, members[i].Value, any, depth);
            if (members[i].Name == TypeTag) tag = null;
            any = true;
        }

        if (tag is not null)
        {
            line.Write(any ? ",\"$type\":"u8 : "\"$type\":"u8);
            JsonText.WriteString(line, tag);
        }

        line.Write((byte)'}');
    }

    /// <summary>Keys that differ and have one text, such as 1 and "1", are told apart by a number.</summary>
    private static void WriteDictionary(EventLine line, IReadOnlyDictionary<ScalarValue, LogEventPropertyValue> entries, int depth)
    {
        var names = new PropertyNames();
        var any = false;
        line.Write((byte)'{');
        foreach (var (key, value) in entries)
        {
            if (line.IsFull) break;
            var text = PropertyNames.Of(ClefValue.TextOf(key.Value) ?? "null");
            var name = text;
            for (var i = 2; !names.Add(name); i++) name = $"{text}#{i}";
            WriteMember(line, name, value, any, depth);
            any = true;
        }

        line.Write((byte)'}');
    }

    private static void WriteMember(EventLine line, string name, LogEventPropertyValue value, bool any, int depth)
    {
        if (any) line.Write((byte)',');
        JsonText.WriteString(line, name);
        line.Write((byte)':');
        Write(line, value, depth + 1);
    }

    /// <summary>Serilog gives a structure's member a name once; who builds one by hand may not.</summary>
    private static bool IsRepeated(IReadOnlyList<LogEventProperty> members, int index)
    {
        for (var i = 0; i < index; i++)
            if (members[i].Name == members[index].Name)
                return true;
        return false;
    }
}
