using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace DurableSink.PowerCut;

/// <summary>
/// The event that an id stands for. Every part is derived from the id, so that the verifier can tell from the id alone whether an
/// event came back exactly as it was written.
/// </summary>
internal sealed class Payload
{
    private static readonly string[] Templates =
        ["Order {Id} placed", "Payment {Id} of {Amount} by {Producer} taken", "{Id}: {Body}"];

    // What breaks careless writers: JSON's own escapes, line breaks in many forms, and characters of one to four bytes.
    private static readonly string[] Awkward =
        ["\"", "\\", "\n", "\r\n", "\t", "\u0001", "{@seal", "é", "\u2028", "漢", "😀", "</script>", "\u00a0"];

    private Payload(ulong id)
    {
        var random = new SplitMix64(id);
        Id = id;
        Template = Templates[random.Below(Templates.Length)];
        Level = (LogLevel)random.Below((int)LogLevel.None);
        Amount = random.Below(1_000_000_000) / 100m;
        Flag = random.Below(2) == 0;
        Body = MakeBody(ref random);
    }

    public ulong Id { get; }

    private string Template { get; }

    private LogLevel Level { get; }

    private decimal Amount { get; }

    private bool Flag { get; }

    private string Body { get; }

    public static Payload Of(ulong id) => new(id);

    public static string Text(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);

    public static bool TryParseId(string? text, out ulong id)
    {
        id = 0;
        return text is { Length: 16 } && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }

    public DurableEvent ToEvent() => new(Template)
    {
        Level = Level,
        Properties =
        [
            new("Id", Text(Id)),
            new("Amount", Amount),
            new("Flag", Flag),
            new("Nothing", null),
            new("Body", Body),
        ],
    };

    /// <summary>Null when the line is exactly this event; else what differs.</summary>
    public string? Difference(JsonElement line)
    {
        if (!Is(line, "@mt", Template)) return "template";
        // The format leaves the level out for Information.
        if (Level != LogLevel.Information ? !Is(line, "@l", LevelName) : line.TryGetProperty("@l", out _)) return "level";
        if (!Is(line, "Body", Body)) return $"Body, {Body.Length} characters";
        if (!line.TryGetProperty("Amount", out var amount) || amount.ValueKind != JsonValueKind.Number || amount.GetDecimal() != Amount) return "Amount";
        if (!line.TryGetProperty("Flag", out var flag) || flag.ValueKind != (Flag ? JsonValueKind.True : JsonValueKind.False)) return "Flag";
        if (!line.TryGetProperty("Nothing", out var nothing) || nothing.ValueKind != JsonValueKind.Null) return "Nothing";
        if (!line.TryGetProperty("@t", out var time) || !time.TryGetDateTimeOffset(out _)) return "@t";
        return null;
    }

    private string LevelName => Level switch
    {
        LogLevel.Trace => "Verbose",
        LogLevel.Critical => "Fatal",
        _ => Level.ToString(),
    };

    private static bool Is(JsonElement line, string name, string value) =>
        line.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String && found.ValueEquals(value);

    // Mostly a dozen to some hundred characters, often some thousand, now and then tens of thousands: lines end at every place in a
    // block, and span none, one or many blocks.
    private static string MakeBody(ref SplitMix64 random)
    {
        var length = random.Below(100) switch
        {
            < 60 => 12 + random.Below(300),
            < 98 => 300 + random.Below(4_000),
            _ => 10_000 + random.Below(20_000),
        };
        var body = new StringBuilder(length + 16);
        while (body.Length < length)
        {
            if (random.Below(32) == 0) body.Append(Awkward[random.Below(Awkward.Length)]);
            else body.Append((char)('a' + random.Below(26)));
        }
        return body.ToString();
    }
}
