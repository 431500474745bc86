using System.Text;
using System.Text.Json;
using DurableSink.Events;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Showing;

/// <summary>An event's message: the template with its holes filled, or <c>@m</c>.</summary>
internal static class MessageText
{
    /// <summary>Appends it as one line; <paramref name="used"/> gets the members that stand in it.</summary>
    public static void Append(StringBuilder into, ClefEvent e, HashSet<int> used)
    {
        if (e.String("@mt"u8) is { } template) Render(into, e, template, used);
        else if (e.String("@m"u8) is { } message) PlainText.Append(into, message);
    }

    /// <summary>The same grammar as <see cref="MessageTemplate"/>; a hole without a value stays as it is.</summary>
    private static void Render(StringBuilder into, ClefEvent e, string template, HashSet<int> used)
    {
        var renderings = Renderings(e);
        var text = template.AsSpan();
        while (text.Length > 0)
        {
            var brace = text.IndexOfAny('{', '}');
            if (brace < 0) brace = text.Length;
            PlainText.Append(into, text[..brace]);
            text = text[brace..];
            if (text is [] or [_])
            {
                PlainText.Append(into, text);
                return;
            }

            var end = text[1..].IndexOfAny('{', '}') + 1;
            if (text[1] == text[0])
            {
                into.Append(text[0]);
                text = text[2..];
            }
            else if (text[0] == '{' && end > 0 && text[end] == '}')
            {
                Fill(into, e, new Hole(text[..(end + 1)].ToString()), renderings, used);
                text = text[(end + 1)..];
            }
            else
            {
                into.Append(text[0]);
                text = text[1..];
            }
        }
    }

    private static void Fill(StringBuilder into, ClefEvent e, Hole hole, Queue<string> renderings, HashSet<int> used)
    {
        var index = e.Find(Encoding.UTF8.GetBytes(hole.Name is ['@', ..] ? "@" + hole.Name : hole.Name));
        if (index >= 0) used.Add(index);
        if (hole.Format is not null && renderings.TryDequeue(out var rendered)) PlainText.Append(into, rendered);
        else if (index < 0) PlainText.Append(into, hole.Raw);
        else PlainText.Append(into, hole.Alignment < 0 ? e.Value(index).PadRight(-hole.Alignment) : e.Value(index).PadLeft(hole.Alignment));
    }

    /// <summary><c>@r</c>: what stands in the holes that have a format, in their order.</summary>
    private static Queue<string> Renderings(ClefEvent e)
    {
        var index = e.Find("@r"u8);
        var texts = new Queue<string>();
        if (index < 0 || e.Kind(index) != JsonTokenType.StartArray) return texts;
        var reader = new Utf8JsonReader(e.Raw(index));
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.String) texts.Enqueue(reader.GetString()!);
        return texts;
    }
}
