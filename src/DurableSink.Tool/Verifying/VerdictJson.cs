using System.Text.Json;
using DurableSink.Events;
using DurableSink.Segments;

namespace DurableSink.Tooling.Verifying;

/// <summary>A verdict for programs: one JSON object.</summary>
internal static class VerdictJson
{
    public static void Write(Stream output, Verdict verdict)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JsonText.Relaxed });
        json.WriteStartObject();
        json.WriteString("place", verdict.Place);
        json.WriteString("logName", verdict.LogName);
        json.WriteString("logId", verdict.LogId);
        json.WriteString("integrity", verdict.Integrity);
        json.WriteString("completeness", verdict.Completeness);
        json.WriteNumber("exit", verdict.Exit);
        json.WriteNumber("segments", verdict.Segments);
        json.WriteNumber("seals", verdict.Seals);
        json.WriteNumber("links", verdict.Links);
        json.WriteNumber("signatures", verdict.Signatures);
        json.WriteNumber("digests", verdict.Digests);
        if (verdict.DigestsUntil is { } until) json.WriteString("digestsUntil", Timestamps.Format(until));
        json.WriteNumber("events", verdict.Events);
        json.WriteNumber("bytes", verdict.Bytes);
        WriteRange(json, verdict.Sequences);
        json.WriteNumber("seconds", Math.Round(verdict.Duration.TotalSeconds, 3));
        json.WriteStartArray("findings");
        foreach (var finding in verdict.Findings) Write(json, finding);
        json.WriteEndArray();
        json.WriteStartArray("receipts");
        foreach (var (receipt, outcome) in verdict.Receipts)
        {
            json.WriteStartObject();
            json.WriteString("receipt", receipt.ToString());
            json.WriteString("outcome", outcome.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("kind", finding.Kind.ToString().ToLowerInvariant());
        if (finding.File.Length > 0) json.WriteString("file", finding.File);
        if (finding.Offset is { } offset) json.WriteNumber("offset", offset);
        WriteRange(json, finding.Events);
        json.WriteString("text", finding.Text);
        json.WriteEndObject();
    }

    private static void WriteRange(Utf8JsonWriter json, SequenceRange? range)
    {
        if (range is not { } r) return;
        json.WriteNumber("first", r.First);
        json.WriteNumber("last", r.Last);
    }
}
