using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace DurableSink.Segments;

/// <summary>
/// An event with an idempotency key, as its line tells it: the key is the member right after <c>@t</c>, where no other property can stand
/// (docs/FORMAT.md, Idempotency keys).
/// </summary>
/// <param name="Key">The key.</param>
/// <param name="Content">What a second write with the key must be equal in (<see cref="ContentOf"/>).</param>
/// <param name="Time">The event's <c>@t</c>.</param>
/// <param name="Place">Where it stands.</param>
internal sealed record KeyedLine(string Key, UInt128 Content, DateTimeOffset Time, EventPlace Place)
{
    /// <summary>The property's name.</summary>
    public const string Property = "IdempotencyKey";

    private const int Offset = 7 + Timestamps.Length + 1;

    public static ReadOnlySpan<byte> Mark => ",\"IdempotencyKey\":\""u8;

    /// <summary>Whether the line is that of an event with a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(ReadOnlySpan<byte> line) => line.Length > Offset && line[Offset..].StartsWith(Mark) && line.StartsWith("{\"@t\":\""u8);

    /// <summary>Reads a whole line (without its newline) for which <see cref="Is"/> holds.</summary>
    public static KeyedLine Read(ReadOnlySpan<byte> line, string segmentId)
    {
        LineTrailer.TryRead(line, out var sequence, out _);
        var json = new Utf8JsonReader(line[(Offset + Mark.Length - 1)..]);
        json.Read();
        return new(json.GetString()!, ContentOf(line), Timestamps.FromTicks(Timestamps.TicksOfLine(line)), new(sequence, segmentId, LineTrailer.HashOf(line)));
    }

    /// <summary>
    /// What two writes with one key must have in common: template, renderings, level and properties. Not the time, the trace and the text
    /// of an exception, which a retry has others of, nor what the log adds.
    /// </summary>
    /// <param name="line">The line, or its body with a closing brace.</param>
    /// <exception cref="ArgumentException">It has the property <see cref="Property"/> twice.</exception>
    public static UInt128 ContentOf(ReadOnlySpan<byte> line)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var reader = new Utf8JsonReader(line);
        var keys = 0;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var isContent = IsContent(ref reader, ref keys);
            reader.Read();
            reader.Skip();
            if (!isContent) continue;
            hash.AppendData(line[start..(int)reader.BytesConsumed]);
            hash.AppendData("\n"u8);
        }

        if (keys > 1) throw new ArgumentException($"The event has a property '{Property}' of its own, beside the key that it is written with. Give that property another name.");
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(whole);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(whole);
    }

    private static bool IsContent(ref Utf8JsonReader name, ref int keys)
    {
        if (name.ValueTextEquals("IdempotencyKey"u8))
        {
            keys++;
            return false;
        }

        return !(name.ValueTextEquals("@t"u8) || name.ValueTextEquals("@tr"u8) || name.ValueTextEquals("@sp"u8) || name.ValueTextEquals("@x"u8) ||
                 name.ValueTextEquals("@durable"u8) || name.ValueTextEquals("@seq"u8) || name.ValueTextEquals("@hash"u8));
    }
}
