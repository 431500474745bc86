using System.Text.Json;
using SegmentShipper.Local;

namespace SegmentShipper.Digests;

/// <summary>What a digest says of one segment.</summary>
/// <param name="Key">The object's, without the prefix: a copy of all under another one is still checked.</param>
/// <param name="Count">Events.</param>
/// <param name="FirstSequence">The first event's number.</param>
/// <param name="LastSequence">The last event's number.</param>
/// <param name="Sha256">Of the whole segment file, in hexadecimal digits; of what a gzip object unpacks to.</param>
internal sealed record DigestedSegment(string Key, long Count, long FirstSequence, long LastSequence, string Sha256)
{
    /// <param name="key">The object's whole key.</param>
    /// <param name="prefix">What of it is the prefix.</param>
    /// <param name="facts">The segment as it was read before it was sent.</param>
    public static DigestedSegment Of(string key, string? prefix, SegmentFacts facts) => new(
        string.IsNullOrEmpty(prefix) ? key : key[(prefix.Length + 1)..], facts.Seal.Count, facts.Seal.FirstSequence, facts.Seal.LastSequence, facts.Sha256);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("Key", Key);
        json.WriteNumber("Count", Count);
        json.WriteNumber("FirstSequence", FirstSequence);
        json.WriteNumber("LastSequence", LastSequence);
        json.WriteString("Sha256", Sha256);
        json.WriteEndObject();
    }

    public static DigestedSegment Read(JsonElement json) => new(
        json.GetProperty("Key").GetString()!, json.GetProperty("Count").GetInt64(), json.GetProperty("FirstSequence").GetInt64(),
        json.GetProperty("LastSequence").GetInt64(), json.GetProperty("Sha256").GetString()!);
}
