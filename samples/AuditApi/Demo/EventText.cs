using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DurableSink;

namespace AuditApi.Demo;

/// <summary>One event as a line for people: its template's holes filled from its properties.</summary>
internal static partial class EventText
{
    public static string Render(LogRecord record)
    {
        using var json = JsonDocument.Parse(record.Json);
        var root = json.RootElement;
        var level = Text(root, "@l") ?? "Information";
        var message = Text(root, "@m") ?? Holes().Replace(Text(root, "@mt") ?? "", hole => Text(root, hole.Groups[1].Value) ?? hole.Value);
        var time = record.Timestamp.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        return $"{record.Sequence,8}  {time}  {level[..Math.Min(4, level.Length)]}  {message}";
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) ? value.ToString() : null;

    [GeneratedRegex(@"\{[@$]?(\w+)[^}]*\}")]
    private static partial Regex Holes();
}
