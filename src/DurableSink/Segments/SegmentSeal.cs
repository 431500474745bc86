using System.Buffers;
using System.Text.Json;

namespace DurableSink.Segments;

/// <summary>A sealed segment's last line (docs/FORMAT.md, Seal).</summary>
internal sealed record SegmentSeal
{
    private const int SealVersion = 1;

    public static ReadOnlySpan<byte> Mark => "{\"@seal\":"u8;

    public required string SegmentId { get; init; }

    public required long Count { get; init; }

    public required long FirstSequence { get; init; }

    public required long LastSequence { get; init; }

    public required DateTimeOffset MinTime { get; init; }

    public required DateTimeOffset MaxTime { get; init; }

    /// <summary>SHA-256 in hex of all bytes of the file before the seal line.</summary>
    public required string Sha256 { get; init; }

    /// <summary>SHA-256 in hex of the whole previous sealed file; null with a reason.</summary>
    public required PreviousHash Previous { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>The whole seal line, newline included: it repeats the last event's sequence number. Spaces before its trailer make its
    /// length a multiple of <paramref name="multiple"/>.</summary>
    public byte[] ToLine(int multiple = 1, SealKey? key = null)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteNumber("@seal", SealVersion);
            json.WriteString("@t", Timestamps.Format(Time));
            json.WriteString("@mt", "Segment {SegmentId} sealed with {Count} events, {FirstSequence} to {LastSequence}");
            json.WriteString("@l", "Verbose");
            json.WriteString("SourceContext", "DurableSink");
            json.WriteString("SegmentId", SegmentId);
            json.WriteNumber("Count", Count);
            json.WriteNumber("FirstSequence", FirstSequence);
            json.WriteNumber("LastSequence", LastSequence);
            json.WriteString("MinTime", Timestamps.Format(MinTime));
            json.WriteString("MaxTime", Timestamps.Format(MaxTime));
            json.WriteString("Sha256", Sha256);
            json.WriteString("PreviousSha256", Previous.Sha256);
            if (Previous.Reason != null) json.WriteString("PreviousSha256Reason", Previous.Reason);
            json.WriteEndObject();
        }

        var text = key is null ? body.WrittenSpan[..^1] : key.Sign(body.WrittenSpan[..^1]);
        var trailer = LineTrailer.Length(LastSequence, withDurable: true);
        var line = new byte[(text.Length + trailer + multiple - 1) / multiple * multiple];
        text.CopyTo(line);
        line.AsSpan(text.Length..^trailer).Fill((byte)' ');
        LineTrailer.Write(line, line.Length - trailer, LastSequence, withDurable: true);
        LineTrailer.SetDurable(line, LastSequence, LastSequence); // all of it was flushed before a seal is written
        return line;
    }

    /// <summary>Reads a seal line (without newline). False where it is none, or not whole.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out SegmentSeal seal)
    {
        seal = null!;
        return line.StartsWith(Mark) && LineTrailer.TryRead(line, out _, out _) && JsonLine.TryRead(line, Read, out seal!);
    }

    private static SegmentSeal Read(JsonElement root) => new()
    {
        SegmentId = root.GetProperty("SegmentId").GetString()!,
        Count = root.GetProperty("Count").GetInt64(),
        FirstSequence = root.GetProperty("FirstSequence").GetInt64(),
        LastSequence = root.GetProperty("LastSequence").GetInt64(),
        MinTime = root.GetProperty("MinTime").GetDateTimeOffset(),
        MaxTime = root.GetProperty("MaxTime").GetDateTimeOffset(),
        Sha256 = root.GetProperty("Sha256").GetString()!,
        Previous = new(root.GetProperty("PreviousSha256").GetString(),
            root.TryGetProperty("PreviousSha256Reason", out var reason) ? reason.GetString() : null),
        Time = root.GetProperty("@t").GetDateTimeOffset(),
    };
}

/// <summary>The hash of the sealed file before, or why there is none.</summary>
internal readonly record struct PreviousHash(string? Sha256, string? Reason);
