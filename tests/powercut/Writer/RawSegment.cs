using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace DurableSink.PowerCut;

/// <summary>One event's line as it stands in a file, without the line break.</summary>
internal readonly record struct RawEvent(long Sequence, ulong Id, ReadOnlyMemory<byte> Line)
{
    /// <summary>Stands for the event by which the log tells of a recovery: no writer's.</summary>
    public const ulong OfTheLog = 0;
}

/// <summary>
/// A segment's file, read with nothing of DurableSink: split at newlines, each line parsed by System.Text.Json, each hash computed
/// anew (docs/FORMAT.md). Whatever is wrong in it is a <see cref="VerificationException"/>.
/// </summary>
internal sealed partial class RawSegment
{
    private const string Sealed = ".clef";
    private const string HashField = ",\"@hash\":\"";

    private RawSegment(string path)
    {
        Name = Path.GetFileName(path);
        var match = NamePattern().Match(Name);
        if (!match.Success) throw Wrong("no segment's name");
        FirstSequence = long.Parse(match.Groups[1].ValueSpan, null);
        Id = match.Groups[2].Value;
        IsSealed = Name.EndsWith(Sealed, StringComparison.Ordinal);

        var bytes = File.ReadAllBytes(path);
        Sha256 = Hex(bytes);
        if (bytes.Length > 0 && bytes[^1] != '\n') throw Wrong("ends within a line");
        for (int start = 0, number = 1; start < bytes.Length; number++)
        {
            var end = Array.IndexOf(bytes, (byte)'\n', start);
            if (end > start) ReadLine(bytes.AsMemory(start..end), number, bytes.AsSpan(0, start));
            start = end + 1;
        }
        if (!_hasHeader) throw Wrong("no header");
        if (IsSealed && !_isEnded) throw Wrong("sealed by its name, but without a seal");
    }

    private bool _hasHeader;
    private bool _isEnded;

    public string Name { get; }

    public string Id { get; }

    public bool IsSealed { get; }

    public long FirstSequence { get; }

    public long LastSequence => FirstSequence + Events.Count - 1;

    public List<RawEvent> Events { get; } = [];

    /// <summary>Of the whole file.</summary>
    public string Sha256 { get; }

    public string? LogId { get; private set; }

    public string? PreviousSegmentId { get; private set; }

    /// <summary>The segment whose events this one holds in its stead, after a failed write or damage.</summary>
    public string? OriginSegmentId { get; private set; }

    /// <summary>What the seal says of the file before; null where it says nothing, with a reason.</summary>
    public string? PreviousSha256 { get; private set; }

    public static RawSegment Read(string path) => new(path);

    private void ReadLine(ReadOnlyMemory<byte> line, int number, ReadOnlySpan<byte> before)
    {
        if (_isEnded) throw Wrong("something follows the seal", number);
        CheckHash(line.Span, number);
        using var json = Parse(line, number);
        var root = json.RootElement;
        if (!root.TryGetProperty("@seq", out var at) || !at.TryGetInt64(out var sequence)) throw Wrong("no @seq", number);
        if (line.Span.StartsWith("{\"@header\":"u8))
        {
            if (_hasHeader) throw Wrong("a second header", number);
            _hasHeader = true;
            ReadHeader(root, sequence, number);
            return;
        }
        if (!_hasHeader) throw Wrong("begins without a header", number);
        if (line.Span.StartsWith("{\"@seal\":"u8))
        {
            _isEnded = true;
            ReadSeal(root, sequence, number, before);
            return;
        }
        if (sequence != LastSequence + 1) throw Wrong($"event {sequence} follows event {LastSequence}", number);
        if (IsRecovery(root))
        {
            Events.Add(new(sequence, RawEvent.OfTheLog, line));
            return;
        }
        if (!root.TryGetProperty("Id", out var text) || !Payload.TryParseId(text.GetString(), out var id)) throw Wrong("an event that is not ours", number);
        if (Payload.Of(id).Difference(root) is { } difference) throw Wrong($"event {sequence} is not what id {Payload.Text(id)} stands for: {difference}", number);
        Events.Add(new(sequence, id, line));
    }

    private static bool IsRecovery(JsonElement root) =>
        root.TryGetProperty("SourceContext", out var source) && source.GetString() == "DurableSink" &&
        root.GetProperty("@mt").GetString()!.StartsWith("Log recovered", StringComparison.Ordinal);

    private void ReadHeader(JsonElement header, long sequence, int number)
    {
        Check(header, "@header", 1, number);
        Check(header, "FirstSequence", FirstSequence, number);
        CheckText(header, "SegmentId", Id, number);
        // A header consumes no number: it repeats the event's before it.
        if (sequence != FirstSequence - 1) throw Wrong($"the header's @seq is {sequence}", number);
        LogId = header.GetProperty("LogId").GetString();
        PreviousSegmentId = header.GetProperty("PreviousSegmentId").GetString();
        OriginSegmentId = header.TryGetProperty("Origin", out var origin) ? origin.GetProperty("SegmentId").GetString() : null;
        if (header.TryGetProperty("Missing", out var missing)) throw Wrong($"the header declares events missing: {missing}", number);
    }

    private void ReadSeal(JsonElement seal, long sequence, int number, ReadOnlySpan<byte> before)
    {
        Check(seal, "@seal", 1, number);
        Check(seal, "Count", Events.Count, number);
        Check(seal, "FirstSequence", FirstSequence, number);
        Check(seal, "LastSequence", LastSequence, number);
        CheckText(seal, "SegmentId", Id, number);
        CheckText(seal, "Sha256", Hex(before), number);
        if (sequence != LastSequence) throw Wrong($"the seal's @seq is {sequence}", number);
        PreviousSha256 = seal.GetProperty("PreviousSha256").GetString();
        if (PreviousSha256 == null && string.IsNullOrEmpty(seal.GetProperty("PreviousSha256Reason").GetString()))
            throw Wrong("no hash of the file before, and no reason", number);
        var times = Events.ConvertAll(e => Time(e.Line, "@t"));
        if (times.Count == 0) throw Wrong("sealed without an event", number);
        if (seal.GetProperty("MinTime").GetDateTimeOffset() != times.Min() || seal.GetProperty("MaxTime").GetDateTimeOffset() != times.Max())
            throw Wrong("least or greatest time", number);
    }

    private static DateTimeOffset Time(ReadOnlyMemory<byte> line, string name)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty(name).GetDateTimeOffset();
    }

    private JsonDocument Parse(ReadOnlyMemory<byte> line, int number)
    {
        try
        {
            return JsonDocument.Parse(line, new() { AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            throw Wrong($"not JSON: {e.Message}", number);
        }
    }

    // ...,"@hash":"0123456789abcdef"}: XXH3-64 of all bytes of the line before that field, which stands last and has one width.
    private void CheckHash(ReadOnlySpan<byte> line, int number)
    {
        var tail = HashField.Length + 16 + 2;
        var field = line.Length > tail ? Encoding.ASCII.GetString(line[^tail..]) : "";
        if (!field.StartsWith(HashField, StringComparison.Ordinal) || !field.EndsWith("\"}", StringComparison.Ordinal)) throw Wrong("no @hash at its end", number);
        var hash = XxHash3.HashToUInt64(line[..^tail]).ToString("x16", null);
        if (field.Substring(HashField.Length, 16) != hash) throw Wrong("wrong @hash", number);
    }

    private void Check(JsonElement line, string name, long expected, int number)
    {
        if (!line.TryGetProperty(name, out var found) || !found.TryGetInt64(out var value) || value != expected)
            throw Wrong($"{name} is {found}, not {expected}", number);
    }

    private void CheckText(JsonElement line, string name, string expected, int number)
    {
        if (!line.TryGetProperty(name, out var found) || found.GetString() != expected) throw Wrong($"{name} is {found}, not {expected}", number);
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private VerificationException Wrong(string what, int? line = null) => new(line == null ? $"{Name}: {what}" : $"{Name}, line {line}: {what}");

    [GeneratedRegex(@"^powercut-(\d{20})-([0-9a-f]{8})\.clef(\.active)?$")]
    private static partial Regex NamePattern();
}
