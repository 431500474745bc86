using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace DurableSink.Segments;

/// <summary>Lines of ours that are read as JSON. One whose hash is right and that does not say what it should was made by somebody, not by an
/// accident; it counts as not whole.</summary>
internal static class JsonLine
{
    public static bool TryRead<T>(ReadOnlySpan<byte> line, Func<JsonElement, T> read, [NotNullWhen(true)] out T? value)
        where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(line.ToArray());
            value = read(document.RootElement);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            value = null;
            return false;
        }
    }
}
