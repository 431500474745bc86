using System.Globalization;

namespace DurableSink.Events;

/// <summary>A hole of a message template: <c>{Name}</c>, <c>{@Name}</c>, <c>{$Name}</c>, <c>{Name,-10:0.00}</c>.</summary>
internal sealed class Hole
{
    public Hole(string raw)
    {
        Raw = raw;
        var inside = raw.AsSpan(1, raw.Length - 2);
        var colon = inside.IndexOf(':');
        if (colon >= 0)
        {
            Format = inside[(colon + 1)..].ToString();
            inside = inside[..colon];
        }

        var comma = inside.IndexOf(',');
        if (comma >= 0)
        {
            if (int.TryParse(inside[(comma + 1)..], NumberStyles.Integer, CultureInfo.InvariantCulture, out var alignment))
                Alignment = Math.Clamp(alignment, -MaxAlignment, MaxAlignment);
            inside = inside[..comma];
        }

        Key = inside.ToString();
        Capture = CaptureOf(Key);
        Name = Capture == default ? Key : Key[1..];

        var line = EventLine.Rent();
        JsonText.WriteName(line, Name);
        EncodedName = line.Bytes.ToArray();
        EventLine.Return(line);
    }

    private const int MaxAlignment = 1000;

    /// <summary>The hole as it stands in the template.</summary>
    public string Raw { get; }

    /// <summary>The name with its operator, as the framework hands it over.</summary>
    public string Key { get; }

    public string Name { get; }

    /// <summary><c>@</c> (serialise), <c>$</c> (as text), or default.</summary>
    public char Capture { get; }

    public int Alignment { get; }

    public string? Format { get; }

    /// <summary><c>,"Name":</c></summary>
    public byte[] EncodedName { get; }

    public static char CaptureOf(string key) => key is ['@' or '$', ..] ? key[0] : default;
}
