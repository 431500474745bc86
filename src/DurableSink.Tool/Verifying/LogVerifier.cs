using System.Globalization;
using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Verifying;

/// <summary>
/// Verifies a log's directory, or some sealed files of one: each file for itself, the chain between them, and whether all numbers are
/// there. Reads only; memory does not grow with the log.
/// </summary>
internal sealed class LogVerifier(Verdict verdict, TimeProvider time, SealKeys keys)
{
    private const int NotThere = 2;

    private readonly List<SealedCheck> _checks = [];
    private readonly List<SequenceRange> _present = [];
    private readonly List<SequenceRange> _declared = [];
    private long _begin = 1; // of what is still there

    /// <summary>Told of the bytes of each file when it was checked.</summary>
    public Action<long> OnProgress { get; init; } = _ => { };

    /// <summary>Verifies a log; <paramref name="onStart"/> is told how many bytes there are to check.</summary>
    public void Verify(ILogDirectory files, Action<long> onStart)
    {
        var active = new ActiveCheck(files, time);
        active.Run();
        var found = active.Found;
        verdict.LogId = LogIdentity.IdOf(files);
        verdict.LogName = found.Sealed.Concat(found.Active).FirstOrDefault()?.Log;
        onStart(found.Sealed.Sum(name => LengthOf(files, name.Sealed)));
        var isRemoved = false;
        foreach (var name in found.Sealed)
        {
            if (isRemoved) _begin = name.FirstSequence; // removal goes in order: what stood before is gone too
            isRemoved = false;
            if (TryOpen(files, name.Sealed) is { } file)
            {
                Add(file, name.Sealed, name);
                continue;
            }

            isRemoved = true;
            verdict.Add(FindingKind.Note, name.Sealed, "was removed while the log was verified");
        }

        active.Tell(verdict);
        _present.AddRange(active.Runs);
        if (!active.IsBeingWritten) _declared.AddRange(active.Report.Missing);
        verdict.Segments += found.Active.Count;
        verdict.Bytes += found.Active.Sum(name => LengthOf(files, name.Active));
        Conclude();
    }

    /// <summary>Verifies sealed files, wherever they lie.</summary>
    public void Verify(IEnumerable<(ILogFile File, string Path)> files)
    {
        foreach (var (file, path) in files) Add(file, path, SegmentName.TryParseSealed(Path.GetFileName(path), out var name) ? name : null);
        _checks.Sort((a, b) => a.FirstSequence.CompareTo(b.FirstSequence));
        verdict.LogId = _checks.FirstOrDefault(c => c.Header != null)?.Header!.LogId;
        verdict.LogName = _checks.FirstOrDefault(c => c.Header != null)?.Header!.LogName;
        Conclude();
    }

    /// <summary>Checks one sealed file, and disposes it. All are to be added in log order.</summary>
    public SealedCheck Add(ILogFile file, string name, SegmentName? named)
    {
        using (file)
        {
            var length = file.Length;
            var check = SealedCheck.Run(file, name, named, verdict, keys);
            _checks.Add(check);
            _present.AddRange(check.Runs);
            _declared.AddRange(check.Header?.Missing ?? []);
            verdict.Segments++;
            verdict.Seals += check.Seal != null ? 1 : 0;
            verdict.Bytes += length;
            OnProgress(length);
            return check;
        }
    }

    /// <summary>After the last file: what only all of them together tell.</summary>
    public void Conclude()
    {
        foreach (var check in _checks)
        {
            if (check.Header is { } header && verdict.LogId != null && header.LogId != verdict.LogId)
                verdict.Add(FindingKind.Damaged, check.File, $"it belongs to the log {header.LogId}, not to {verdict.LogId}");
        }

        new ChainCheck(_checks, verdict).Run();
        new SignatureCheck(_checks, keys, verdict).Run();
        CheckNumbers();
    }

    private void CheckNumbers()
    {
        // Also what a broken segment says that it held.
        var all = _present.Concat(_declared).Concat(_checks.Select(c => new SequenceRange(c.FirstSequence, c.LastSequence))).Where(r => r.First <= r.Last && r.Last >= _begin).ToList();
        if (all.Count == 0) return;
        var (first, last) = (Math.Max(_begin, all.Min(r => r.First)), all.Max(r => r.Last));
        var missing = NumberSet.Missing(_present, first, last);
        verdict.Events = last - first + 1 - NumberSet.Count(missing);
        verdict.Sequences = new(first, last);
        if (first > 1)
        {
            verdict.Findings.Add(new(FindingKind.Note, "", string.Create(CultureInfo.InvariantCulture,
                $"the log begins with event {first}: earlier ones were removed (retention, a shipper, by hand)")));
        }

        foreach (var range in missing)
        {
            var why = NumberSet.Covers(_declared, range) ? "lost to damage, as the log itself says" : "no whole line, and nothing in the log says why";
            verdict.Findings.Add(new(FindingKind.Missing, "", $"{Amounts.Range(range)}: {why}") { Events = range });
        }
    }

    private static long LengthOf(ILogDirectory files, string name)
    {
        using var file = TryOpen(files, name);
        return file?.Length ?? 0;
    }

    private static ILogFile? TryOpen(ILogDirectory files, string name)
    {
        try
        {
            return files.Open(name, Access.Segment, write: false);
        }
        catch (DurableIOException e) when (e.Errno == NotThere)
        {
            return null;
        }
    }
}
