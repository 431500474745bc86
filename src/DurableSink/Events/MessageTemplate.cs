using System.Collections.Concurrent;

namespace DurableSink.Events;

/// <summary>A message template, parsed and encoded once.</summary>
internal sealed class MessageTemplate
{
    /// <summary>Beyond these bounds a template is parsed each time: generated ones must not fill the memory (D9).</summary>
    internal const int MaxCached = 1000;
    internal const int MaxCachedLength = 2048;

    private static readonly ConcurrentDictionary<string, MessageTemplate> Cache = new(StringComparer.Ordinal);
    private static int s_cached; // ConcurrentDictionary.Count takes all its locks

    private readonly string _text;
    private readonly byte[]? _encoded;

    private MessageTemplate(string text)
    {
        _text = text;
        _encoded = text.Length <= MaxCachedLength ? JsonText.Encode(text) : null;
        Holes = Parse(text);
        HasFormats = Array.Exists(Holes, hole => hole.Format is not null);
    }

    public Hole[] Holes { get; }

    /// <summary>Whether the line needs <c>@r</c>.</summary>
    public bool HasFormats { get; }

    internal static int CachedCount => Volatile.Read(ref s_cached);

    public static MessageTemplate Get(string text)
    {
        if (Cache.TryGetValue(text, out var cached)) return cached;
        var template = new MessageTemplate(text);
        if (text.Length > MaxCachedLength || CachedCount >= MaxCached) return template;

        // Counted first, so that threads that race for the last place cannot pass the bound together.
        if (Interlocked.Increment(ref s_cached) > MaxCached || !Cache.TryAdd(text, template)) Interlocked.Decrement(ref s_cached);
        return template;
    }

    /// <summary>The properties of a template's holes and their values, in order.</summary>
    public static IReadOnlyList<KeyValuePair<string, object?>> Bind(string template, object?[] values)
    {
        if (values.Length == 0) return [];
        var holes = Get(template).Holes;
        var bound = new KeyValuePair<string, object?>[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            bound[i] = i >= holes.Length
                ? new($"__{i - holes.Length}", values[i])
                : new(holes[i].Name, holes[i].Capture == '$' ? ClefValue.TextOf(values[i]) : values[i]);
        }

        return bound;
    }

    /// <summary>Writes <c>,"@mt":"…"</c>.</summary>
    public void Write(EventLine line)
    {
        line.Write(",\"@mt\":\""u8);
        if (_encoded is not null) line.Write(_encoded);
        else JsonText.WriteEscaped(line, _text);
        line.Write((byte)'"');
    }

    private static Hole[] Parse(string text)
    {
        var holes = new List<Hole>();
        for (var open = text.IndexOf('{'); open >= 0 && open + 1 < text.Length;)
        {
            var next = open + 1;
            if (text[next] == '{')
            {
                next++; // {{ stands for a brace
            }
            else
            {
                var end = text.AsSpan(next).IndexOfAny('{', '}');
                if (end < 0) break;
                if (text[next + end] == '}') holes.Add(new Hole(text.Substring(open, end + 2)));
                next += end + (text[next + end] == '}' ? 1 : 0);
            }

            open = text.IndexOf('{', next);
        }

        return [.. holes];
    }
}
