using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using DurableSink.Segments;

namespace SegmentShipper.Digests;

/// <summary>What was verified in the store since the digest before (docs/SHIPPING.md, Digests): one line of JSON.</summary>
internal sealed record Digest
{
    private const int Version = 1;

    public required string LogName { get; init; }

    public required string LogId { get; init; }

    /// <summary>From 1 on, without a gap.</summary>
    public required long Number { get; init; }

    /// <summary>When the digest before was made; null for the first one.</summary>
    public required DateTimeOffset? From { get; init; }

    /// <summary>When this one was made.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>In log order; none where nothing happened.</summary>
    public required IReadOnlyList<DigestedSegment> Segments { get; init; }

    /// <summary>SHA-256, in hexadecimal digits, of the digest before; null for the first one.</summary>
    public required string? PreviousSha256 { get; init; }

    public static string HashOf(ReadOnlySpan<byte> line) => Convert.ToHexStringLower(SHA256.HashData(line));

    /// <summary>The whole object.</summary>
    /// <param name="key">Signs it; null for none.</param>
    public byte[] ToLine(SealKey? key)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteNumber("@digest", Version);
            json.WriteString("LogName", LogName);
            json.WriteString("LogId", LogId);
            json.WriteNumber("Number", Number);
            if (From is { } from) json.WriteString("From", Timestamps.Format(from));
            else json.WriteNull("From");
            json.WriteString("To", Timestamps.Format(To));
            json.WriteStartArray("Segments");
            foreach (var segment in Segments) segment.Write(json);
            json.WriteEndArray();
            json.WriteString("PreviousSha256", PreviousSha256);
            json.WriteEndObject();
        }

        var text = body.WrittenSpan[..^1];
        return [.. key is null ? text : key.Sign(text), (byte)'}', (byte)'\n'];
    }

    /// <summary>Reads what <see cref="ToLine"/> wrote. False where it is something else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, [NotNullWhen(true)] out Digest? digest) => JsonLine.TryRead(line, Read, out digest);

    private static Digest Read(JsonElement root) => root.GetProperty("@digest").GetInt32() == Version
        ? new()
        {
            LogName = root.GetProperty("LogName").GetString()!,
            LogId = root.GetProperty("LogId").GetString()!,
            Number = root.GetProperty("Number").GetInt64(),
            From = root.GetProperty("From") is { ValueKind: JsonValueKind.String } from ? from.GetDateTimeOffset() : null,
            To = root.GetProperty("To").GetDateTimeOffset(),
            Segments = [.. root.GetProperty("Segments").EnumerateArray().Select(DigestedSegment.Read)],
            PreviousSha256 = root.GetProperty("PreviousSha256").GetString(),
        }
        : throw new FormatException("a version that is not known");
}
