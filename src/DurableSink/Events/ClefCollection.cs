using System.Collections;

namespace DurableSink.Events;

/// <summary>Collections as JSON arrays and objects, up to a bound (D9).</summary>
internal static class ClefCollection
{
    internal const int MaxElements = 1000;

    public static void Write(EventLine line, IEnumerable elements, int depth)
    {
        line.Write((byte)'[');
        var written = 0;
        foreach (var element in elements)
        {
            if (written > 0) line.Write((byte)',');
            if (written == MaxElements || line.IsFull)
            {
                JsonText.WriteString(line, LeftOut(elements, written));
                break;
            }

            ClefValue.Write(line, element, depth + 1);
            written++;
        }

        line.Write((byte)']');
    }

    /// <summary>An object where all keys are scalars with a text of their own; else an array of the entries' texts.</summary>
    public static void Write(EventLine line, IDictionary dictionary, int depth)
    {
        var start = line.Length;
        line.Write((byte)'{');
        var written = 0;
        var names = new PropertyNames(); // 1 and "1" are two keys with one text
        foreach (DictionaryEntry entry in dictionary)
        {
            var name = IsScalar(entry.Key) ? PropertyNames.Of(ClefValue.TextOf(entry.Key)) : null;
            if (name is null || !names.Add(name))
            {
                line.Rewind(start);
                Write(line, (IEnumerable)dictionary, depth);
                return;
            }

            if (!WriteMember(line, name, entry.Value, written, isLast: written == MaxElements, dictionary, depth)) break;
            written++;
        }

        line.Write((byte)'}');
    }

    public static void Write(EventLine line, IEnumerable<KeyValuePair<string, object?>> members, int depth)
    {
        line.Write((byte)'{');
        var (read, written) = (0, 0);
        var names = new PropertyNames(); // unlike a dictionary, a list may repeat a name: the first stands
        foreach (var (key, value) in members)
        {
            var isLast = read++ == MaxElements; // of those read: an endless list may repeat one name
            var name = PropertyNames.Of(key);
            if (!isLast && !names.Add(name)) continue;
            if (!WriteMember(line, name, value, written, isLast, members, depth)) break;
            written++;
        }

        line.Write((byte)'}');
    }

    /// <summary>False when the bound is reached: then it wrote the last member, which says so.</summary>
    private static bool WriteMember(EventLine line, string name, object? value, int written, bool isLast, IEnumerable all, int depth)
    {
        if (written > 0) line.Write((byte)',');
        isLast |= line.IsFull;
        JsonText.WriteString(line, isLast ? "…" : name);
        line.Write((byte)':');
        if (isLast) JsonText.WriteString(line, LeftOut(all, written));
        else ClefValue.Write(line, value, depth + 1);
        return !isLast;
    }

    private static string LeftOut(IEnumerable all, int written) =>
        all is ICollection collection ? $"… {collection.Count - written} more" : "… more";

    private static bool IsScalar(object? key) => key is null or string or IFormattable or bool or char;
}
