using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace DurableSink.Segments;

/// <summary>A segment's first line (docs/FORMAT.md, Header).</summary>
internal sealed record SegmentHeader
{
    /// <summary>The format version that this code writes, and the newest it reads.</summary>
    public const int FormatVersion = 1;

    public static ReadOnlySpan<byte> Mark => "{\"@header\":"u8;

    public required string LogId { get; init; }

    public required string LogName { get; init; }

    public required string SegmentId { get; init; }

    public required long FirstSequence { get; init; }

    /// <summary>Null for a log's first segment.</summary>
    public required string? PreviousSegmentId { get; init; }

    public required DateTimeOffset Time { get; init; }

    public string Host { get; init; } = Environment.MachineName;

    public int ProcessId { get; init; } = Environment.ProcessId;

    /// <summary>For a segment that stands in for another one: that one's id, and why.</summary>
    public string? OriginSegmentId { get; init; }

    /// <summary><c>rewrite</c> (rules 1 and 3) or <c>salvage</c> (rule 10).</summary>
    public string? OriginReason { get; init; }

    public IReadOnlyList<SequenceRange> Missing { get; init; } = [];

    /// <summary>Highest sequence known durable when the header was written; read from the trailer.</summary>
    public long Durable { get; init; }

    public SegmentName Name => new(LogName, FirstSequence, SegmentId);

    /// <summary>The header line without trailer.</summary>
    public byte[] ToBody()
    {
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteNumber("@header", FormatVersion);
            json.WriteString("@t", Timestamps.Format(Time));
            json.WriteString("@mt", "Segment {SegmentId} of log {LogName} begins with event {FirstSequence}");
            json.WriteString("@l", "Verbose");
            json.WriteString("SourceContext", "DurableSink");
            json.WriteString("LogId", LogId);
            json.WriteString("LogName", LogName);
            json.WriteString("SegmentId", SegmentId);
            json.WriteNumber("FirstSequence", FirstSequence);
            json.WriteString("PreviousSegmentId", PreviousSegmentId);
            json.WriteNumber("BlockBytes", Storage.AlignedMemory.Alignment);
            json.WriteString("Host", Host);
            json.WriteNumber("ProcessId", ProcessId);
            if (OriginSegmentId != null)
            {
                json.WriteStartObject("Origin");
                json.WriteString("SegmentId", OriginSegmentId);
                json.WriteString("Reason", OriginReason);
                json.WriteEndObject();
            }

            if (Missing.Count > 0)
            {
                json.WriteStartArray("Missing");
                foreach (var range in Missing)
                {
                    json.WriteStartArray();
                    json.WriteNumberValue(range.First);
                    json.WriteNumberValue(range.Last);
                    json.WriteEndArray();
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return body.WrittenSpan[..^1].ToArray();
    }

    /// <summary>Reads the header line (without newline) of the file <paramref name="path"/>. False where it is none, or not whole.</summary>
    /// <exception cref="DurableLogException">The segment has a newer format.</exception>
    public static bool TryRead(ReadOnlySpan<byte> line, string path, out SegmentHeader header)
    {
        header = null!;
        return line.StartsWith(Mark) && LineTrailer.TryRead(line, out _, out var durable) && JsonLine.TryRead(line, root => Read(root, path, durable), out header!);
    }

    private static SegmentHeader Read(JsonElement root, string path, long durable)
    {
        var version = root.GetProperty("@header").GetInt32();
        if (version > FormatVersion)
        {
            throw new DurableLogException(string.Create(CultureInfo.InvariantCulture,
                $"'{path}' has format version {version}; this version of DurableSink reads up to {FormatVersion}. Use a newer one."));
        }

        var origin = root.TryGetProperty("Origin", out var o) ? o : default;
        return new SegmentHeader
        {
            LogId = root.GetProperty("LogId").GetString()!,
            LogName = root.GetProperty("LogName").GetString()!,
            SegmentId = root.GetProperty("SegmentId").GetString()!,
            FirstSequence = root.GetProperty("FirstSequence").GetInt64(),
            PreviousSegmentId = root.GetProperty("PreviousSegmentId").GetString(),
            Time = root.GetProperty("@t").GetDateTimeOffset(),
            Host = root.GetProperty("Host").GetString()!,
            ProcessId = root.GetProperty("ProcessId").GetInt32(),
            OriginSegmentId = origin.ValueKind == JsonValueKind.Object ? origin.GetProperty("SegmentId").GetString() : null,
            OriginReason = origin.ValueKind == JsonValueKind.Object ? origin.GetProperty("Reason").GetString() : null,
            Missing = root.TryGetProperty("Missing", out var missing)
                ? [.. missing.EnumerateArray().Select(r => new SequenceRange(r[0].GetInt64(), r[1].GetInt64()))]
                : [],
            Durable = durable,
        };
    }
}
