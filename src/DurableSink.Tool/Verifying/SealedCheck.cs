using System.Globalization;
using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Tooling.Verifying;

/// <summary>One pass over a sealed segment's file: every line's hash, the order of numbers, and all that its seal says.</summary>
internal sealed class SealedCheck
{
    private readonly SegmentName? _named;
    private readonly string _file;
    private readonly Verdict _verdict;
    private readonly SegmentScan _scan;
    private readonly SealKeys _keys;

    private SealedCheck(string file, SegmentName? named, SegmentScan scan, Verdict verdict, SealKeys keys) =>
        (_file, _named, _scan, _verdict, _keys) = (file, named, scan, verdict, keys);

    /// <summary>Null where not even that can be read.</summary>
    public SegmentHeader? Header => _scan.Header;

    /// <summary>As it stands at the end of the file, also where lines before it are broken.</summary>
    public SegmentSeal? Seal { get; private set; }

    /// <summary>SHA-256 of the whole file; null where it is not whole.</summary>
    public string? Sha256 { get; private set; }

    /// <summary>The id of the key that its seal says it was signed with; null where it says none.</summary>
    public string? SignedBy { get; private set; }

    /// <summary>Whether its seal was signed with a key that was given; null where it was not, as far as it says.</summary>
    public bool? IsSigned { get; private set; }

    public string File => _file;

    public long FirstSequence => Header?.FirstSequence ?? _named?.FirstSequence ?? 1;

    /// <summary>The last number that it says it holds.</summary>
    public long LastSequence => Seal?.LastSequence ?? Math.Max(_scan.LastSequence, _scan.MaxSequence);

    /// <summary>The events that are whole.</summary>
    public List<SequenceRange> Runs { get; } = [];

    public static SealedCheck Run(ILogFile file, string name, SegmentName? named, Verdict verdict, SealKeys keys)
    {
        using var scan = SegmentScanner.Scan(file, inParallel: SegmentPass.IsWorthThreads(file));
        var check = new SealedCheck(name, named, scan, verdict, keys);
        check.Check(file);
        return check;
    }

    private void Check(ILogFile file)
    {
        if (_scan.Count > 0) Runs.AddRange(NumberSet.Without([new(Header!.FirstSequence, _scan.LastSequence)], Header.Missing));
        Runs.AddRange(_scan.Beyond.Select(run => run.Sequences));
        if (_named != null && Header is { } header && header.Name != _named) Damaged($"its header is that of '{header.Name.Sealed}'", 0);
        if (_scan.Hole is { } hole)
        {
            Damaged(hole.What, hole.Offset);
            Seal = SealReader.Read(file);
            if (Seal == null) Damaged("it has no whole seal", null);
            return;
        }

        if (_scan.Seal is not { } seal)
        {
            Damaged("it has no seal", _scan.ValidEnd);
            return;
        }

        Seal = seal;
        if (_scan.FileLength > _scan.SealEnd) Damaged($"{_scan.FileLength - _scan.SealEnd} bytes follow its seal", _scan.SealEnd);
        CheckHash(file, seal);
        CheckFields(seal);
    }

    private void CheckHash(ILogFile file, SegmentSeal seal)
    {
        using var window = new SegmentWindow(file);
        var end = window.From(_scan.ValidEnd, (int)(_scan.SealEnd - _scan.ValidEnd))[..(int)(_scan.SealEnd - _scan.ValidEnd)];
        var line = end.IndexOfAnyExcept(LineTrailer.Newline);
        _scan.Sha256.AppendData(end[..line]);
        var found = Convert.ToHexStringLower(_scan.Sha256.GetCurrentHash());
        if (found != seal.Sha256) Damaged($"its SHA-256 is {found}, its seal says {seal.Sha256}", null);
        _scan.Sha256.AppendData(end[line..]);
        CheckSignature(end[line..]);
        if (found == seal.Sha256 && _scan.FileLength == _scan.SealEnd) Sha256 = Convert.ToHexStringLower(_scan.Sha256.GetHashAndReset());
    }

    private void CheckSignature(ReadOnlySpan<byte> line)
    {
        SignedBy = SealKey.IdIn(line);
        IsSigned = _keys.Signed(line);
        if (IsSigned == false) Damaged($"its seal's signature was not made with the key {SignedBy} over what stands there", null);
    }

    private void CheckFields(SegmentSeal seal)
    {
        var times = _scan.MaxTicks < 0
            ? (Header!.Time, Header.Time)
            : (Timestamps.FromTicks(_scan.MinTicks), Timestamps.FromTicks(_scan.MaxTicks));
        Compare("SegmentId", seal.SegmentId, Header!.SegmentId);
        Compare("Count", seal.Count, _scan.Count);
        Compare("FirstSequence", seal.FirstSequence, Header.FirstSequence);
        Compare("MinTime", seal.MinTime, times.Item1);
        Compare("MaxTime", seal.MaxTime, times.Item2);
    }

    private void Compare<T>(string field, T said, T found)
    {
        if (!Equals(said, found)) Damaged(string.Create(CultureInfo.InvariantCulture, $"its seal says {field} {said}, found is {found}"), null);
    }

    private void Damaged(string what, long? offset) => _verdict.Add(FindingKind.Damaged, _file, what, offset);
}
