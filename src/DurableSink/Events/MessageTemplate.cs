namespace DurableSink.Events;

/// <summary>A message template, parsed and encoded once.</summary>
internal sealed class MessageTemplate
{
    /// <summary>A longer template is not kept, neither parsed nor encoded (D9).</summary>
    internal const int MaxKeptLength = 2048;

    private static readonly MessageTemplateCache Cache = new();

    private readonly string _text;
    private readonly byte[]? _encoded;

    internal MessageTemplate(string text)
    {
        _text = text;
        _encoded = text.Length <= MaxKeptLength ? JsonText.Encode(text) : null;
        Holes = Parse(text);
        HasFormats = Array.Exists(Holes, hole => hole.Format is not null);
    }

    public Hole[] Holes { get; }

    /// <summary>Whether the line needs <c>@r</c>.</summary>
    public bool HasFormats { get; }

    public static MessageTemplate Get(string text) => Cache.Get(text);

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
