using System.Globalization;
using DurableSink.Segments;
using DurableSink.Tooling.Terminal;
using SegmentShipper.Digests;
using SegmentShipper.Objects;

namespace DurableSink.Tooling.Verifying.Stored;

/// <summary>A log's digests: each for itself, the chain between them, and what they say that the store holds.</summary>
internal sealed class DigestCheck(StoredLog log, string? prefix, SealKeys keys, Verdict verdict)
{
    private readonly Dictionary<string, (DigestedSegment Segment, string Digest)> _named = []; // by key without .gz
    private (long Number, string Sha256)? _before;
    private bool _isSigned;
    private int _unsigned;

    /// <summary>When the last one was made; null where there is none.</summary>
    public DateTimeOffset? Until { get; private set; }

    private string Folder => ObjectKeys.DigestsOf(prefix, new(log.Id, log.Name));

    /// <summary>Checks the chain; <paramref name="read"/> returns an object's bytes.</summary>
    public void Run(Func<string, byte[]> read)
    {
        foreach (var (number, found) in log.Digests) Check(number, found.Key, read(found.Key));
        if (log.Digests.Count == 0) verdict.Add(FindingKind.Note, "", "there are no digests: that the newest segments are missing would not show");
        if (_unsigned > 0 && !keys.IsEmpty) verdict.Add(FindingKind.Note, Folder, $"{Amounts.Count(_unsigned, "digest")} not signed with a key that was given");
    }

    /// <summary>What the digests say of a segment whose file was checked.</summary>
    public void Compare(StoredSegment stored, SealedCheck check)
    {
        if (!_named.TryGetValue(stored.Plain, out var named)) return;
        if (check.Sha256 is { } found && found != named.Segment.Sha256)
            verdict.Add(FindingKind.Damaged, stored.Key, $"its SHA-256 is {found}, and '{named.Digest}' says {named.Segment.Sha256}: it is not what was verified then");
    }

    /// <summary>What was named and is not there, and what is there and was not named.</summary>
    public void Conclude()
    {
        var there = log.Segments.Select(segment => segment.Plain).ToHashSet();
        foreach (var (segment, digest) in _named.Where(named => !there.Contains(named.Key)).Select(named => named.Value).OrderBy(named => named.Segment.FirstSequence))
        {
            var events = new SequenceRange(segment.FirstSequence, segment.LastSequence);
            verdict.Findings.Add(new(FindingKind.Missing, prefix is null ? segment.Key : $"{prefix}/{segment.Key}", $"it is not there; '{digest}' names it, with {Amounts.Range(events)}") { Events = events });
        }

        if (log.Digests.Count == 0) return;
        CheckBeginning();
        var last = _named.Values.Select(named => named.Segment.LastSequence).DefaultIfEmpty(0).Max();
        var unnamed = log.Segments.Where(segment => !_named.ContainsKey(segment.Plain)).ToList();
        foreach (var segment in unnamed.Where(segment => segment.Name.FirstSequence <= last)) verdict.Add(FindingKind.Note, segment.Key, "it stands in no digest");
        if (unnamed.Count(segment => segment.Name.FirstSequence > last) is > 0 and var newer)
        {
            verdict.Add(FindingKind.Note, "", string.Create(CultureInfo.InvariantCulture,
                $"{Amounts.Count(newer, "segment")} not in a digest yet; the last one was made at {Until?.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}"));
        }
    }

    /// <summary>What is removed by age goes before what is younger: a digest, which is younger than what it names, never before that.</summary>
    private void CheckBeginning()
    {
        if (log.Digests.Keys.First() is var first && first == 1) return;
        var named = _named.Values.Select(one => one.Segment.FirstSequence).DefaultIfEmpty(long.MaxValue).Min();
        if (log.Segments.Exists(segment => segment.Name.FirstSequence < named)) Missing(1, first - 1);
        else verdict.Add(FindingKind.Note, "", $"the digests begin with number {first}: earlier ones were removed, and the segments that they named");
    }

    private void Missing(long first, long last) => verdict.Add(
        FindingKind.Missing, ObjectKeys.OfDigest(prefix, new(log.Id, log.Name), first), first == last ? "it is not there" : $"it is not there, nor are those after it up to number {last}");

    private void Check(long number, string key, byte[] line)
    {
        if (_before is { } last && number > last.Number + 1) Missing(last.Number + 1, number - 1);
        if (!Digest.TryRead(line, out var digest))
        {
            verdict.Add(FindingKind.Damaged, key, "it is no whole digest");
            _before = (number, Digest.HashOf(line));
            return;
        }

        if (digest.Number != number || digest.LogId != log.Id || digest.LogName != log.Name)
            verdict.Add(FindingKind.Damaged, key, $"it is digest {digest.Number} of log '{digest.LogName}', {digest.LogId}");
        if (_before is { } before && number == before.Number + 1 && digest.PreviousSha256 != before.Sha256)
            verdict.Add(FindingKind.Damaged, key, $"it names the SHA-256 {digest.PreviousSha256 ?? "of none"} of the digest before it, which has {before.Sha256}: one of the two is not what was written");
        CheckSignature(key, line);
        foreach (var segment in digest.Segments) Name(segment, key);
        verdict.Digests++;
        (_before, Until) = ((number, Digest.HashOf(line)), digest.To);
    }

    /// <summary>One without a signature counts only before the first that has one: whoever adds it later could add what he likes.</summary>
    private void CheckSignature(string key, byte[] line)
    {
        switch (keys.Signed(line))
        {
            case true:
                _isSigned = true;
                break;
            case false:
                verdict.Add(FindingKind.Damaged, key, $"its signature was not made with the key {SealKey.IdIn(line)} over what stands there");
                break;
            case null when _isSigned:
                verdict.Add(FindingKind.Damaged, key, "it is not signed with a key that was given, and earlier ones are");
                break;
            default:
                _unsigned++;
                break;
        }
    }

    private void Name(DigestedSegment segment, string digest)
    {
        var plain = segment.Key.EndsWith(ObjectKeys.GzipSuffix, StringComparison.Ordinal) ? segment.Key[..^ObjectKeys.GzipSuffix.Length] : segment.Key;
        if (_named.TryAdd(plain, (segment, digest))) return;
        if (_named[plain].Segment.Sha256 != segment.Sha256)
            verdict.Add(FindingKind.Damaged, digest, $"it says that '{segment.Key}' has the SHA-256 {segment.Sha256}, and '{_named[plain].Digest}' says {_named[plain].Segment.Sha256}");
    }
}
