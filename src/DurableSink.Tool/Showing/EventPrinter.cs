using System.Globalization;
using System.Text;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Showing;

/// <summary>
/// Events for people, a line each: time, level, category, message, what else it carries, number; then its exception, indented.
/// </summary>
internal sealed class EventPrinter(OutputBuffer output, Paint paint)
{
    private readonly ClefEvent _event = new();
    private readonly HashSet<int> _used = [];
    private readonly StringBuilder _text = new();

    public void Event(LogRecord record)
    {
        _text.Clear();
        _used.Clear();
        if (_event.TryRead(record.Json)) Compose(record);
        else PlainText.Append(_text, Encoding.UTF8.GetString(record.Json.Span));
        _text.Append('\n');
        output.Write(_text);
    }

    public void Gap(LogRecord record) => Note($"-- {Notes.Gap(record)}");

    public void Retraction(LogRecord record) => Note($"-- {Notes.Retraction(record)}");

    private void Note(string note)
    {
        _text.Clear().Append(paint.Yellow).Append(note).Append(paint.End).Append('\n');
        output.Write(_text);
    }

    private void Compose(LogRecord record)
    {
        var (level, colour) = Level();
        _text.Append(paint.Dim).Append(record.Timestamp.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)).Append(paint.End)
            .Append(' ').Append(colour).Append(level).Append(paint.End).Append(' ');
        Category();
        MessageText.Append(_text, _event, _used);
        Properties();
        _text.Append(paint.Dim).Append(CultureInfo.InvariantCulture, $" #{record.Sequence}").Append(paint.End);
        if (_event.String("@x"u8) is not { } exception) return;
        _text.Append(paint.Red);
        PlainText.AppendIndented(_text, exception, "    ");
        _text.Append(paint.End);
    }

    private void Category()
    {
        if (_event.Find("SourceContext"u8) is < 0 || _event.String("SourceContext"u8) is not { } category) return;
        _used.Add(_event.Find("SourceContext"u8));
        _text.Append(paint.Cyan);
        PlainText.Append(_text, category);
        _text.Append(paint.End).Append(": ");
    }

    private void Properties()
    {
        for (var i = 0; i < _event.Count; i++)
        {
            if (_used.Contains(i) || _event.IsClefMember(i)) continue;
            _text.Append(' ').Append(paint.Dim);
            PlainText.Append(_text, _event.Name(i));
            _text.Append('=').Append(paint.End);
            PlainText.Append(_text, _event.Value(i));
        }
    }

    private (string Text, string Colour) Level()
    {
        var name = _event.String("@l"u8);
        if (name != null && Levels.Rank(name) < 0) return (Unknown(name), "");
        var rank = Levels.RankOf(_event);
        return (Levels.Short[rank], rank switch { 0 or 1 => paint.Dim, 3 => paint.Yellow, 4 => paint.Red, 5 => paint.White, _ => paint.Green });
    }

    private static string Unknown(string name)
    {
        var text = new StringBuilder();
        PlainText.Append(text, name.AsSpan(0, Math.Min(name.Length, 3)));
        return text.ToString();
    }
}
