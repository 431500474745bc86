using System.Globalization;
using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>What recovery hands to the engine.</summary>
internal sealed record RecoveryResult(
    RecoveryReport Report, long NextSequence, string? PreviousSegmentId, SealedChain Chain, IReadOnlyList<SequenceRange> UndeclaredMissing, long SealedSegments);

/// <summary>
/// Rules 9 and 10, at opening, under the directory's lock: finishes what another run left. Idempotent; may be cut short anywhere and
/// run again (D5). Every active segment ends sealed, or set aside with what was whole in it salvaged; none is appended to.
/// </summary>
internal sealed class Recovery
{
    private readonly ILogDirectory _directory;
    private readonly LogIdentity _identity;
    private readonly TimeProvider _time;
    private readonly SealedChain _chain;
    private readonly SegmentSealer _sealer;
    private readonly TailCutter _cutter;
    private readonly DriveGate _gate;
    private readonly List<RecoveredSegment> _segments = [];
    private readonly List<SequenceRange> _missing = [];
    private long _last; // last sequence number kept so far
    private long _highest; // greatest number seen in anything that is damaged or named (rule 10)
    private string? _previousId;

    public Recovery(ILogDirectory directory, LogIdentity identity, TailBlockMode tailBlock, TimeProvider time, SealKey? key = null)
    {
        _directory = directory;
        _identity = identity;
        _time = time;
        _gate = new DriveGate(time);
        _chain = new SealedChain(directory, key);
        _sealer = new SegmentSealer(directory, _chain, _gate, tailBlock, time);
        _cutter = new TailCutter(directory, _gate);
    }

    public RecoveryResult Run()
    {
        var started = _time.GetTimestamp();
        _directory.Flush(); // names are trusted only once they are durable
        var list = new SegmentList(_directory);
        var sparesDeleted = list.Spares.Count; // counted before the list is read again
        foreach (var spare in list.Spares) _directory.Delete(spare);
        FinishRenames(list);
        list = new SegmentList(_directory);
        DeleteKeysOfActive(list);
        ReadNewestSealed(list);
        if (list.Active.Count > 0) new ActiveSegments(this, list).Settle();
        ReadDamaged();
        if (sparesDeleted > 0) _directory.Flush();
        if (list.Sealed is [.., var newest])
        {
            _previousId = newest.Id;
            _chain.StartFrom(newest.Sealed);
        }

        var next = Math.Max(_last, _highest) + 1;
        if (next > _last + 1) Undeclared(next);
        var report = new RecoveryReport
        {
            Segments = _segments,
            LastSequence = _last,
            Missing = _missing,
            SparesDeleted = sparesDeleted,
            Duration = _time.GetElapsedTime(started),
        };
        IReadOnlyList<SequenceRange> undeclared = next > _last + 1 ? [new(_last + 1, next - 1)] : [];
        return new(report, next, _previousId, _chain, undeclared, list.Sealed.Count);
    }

    private void Undeclared(long next)
    {
        if (_missing is [.., var last] && last.Last >= next - 1) return;
        var from = _missing is [.., var m] ? Math.Max(m.Last, _last) + 1 : _last + 1;
        if (from < next) _missing.Add(new(from, next - 1));
    }

    /// <summary>Renames that a crash cut in half: by link and unlink (rule 8), and of a salvaged original (rule 10).</summary>
    private void FinishRenames(SegmentList list)
    {
        foreach (var active in list.Active)
        {
            if (list.Sealed.Contains(active))
            {
                if (_directory.IsSameFile(active.Active, active.Sealed)) _directory.Delete(active.Active);
                else SetAside(active, "a sealed segment of the same name exists", active.FirstSequence - 1, 0);
                _directory.Flush();
                continue;
            }

            if (Salvage.Find(_directory, list.Sealed, active) is not var (name, header)) continue;
            using var file = _directory.Open(name.Sealed, Access.Segment, write: false);
            _missing.AddRange(header.Missing);
            SetAside(active, RecoveryOutcome.Salvaged, $"salvaged into '{name.Sealed}' by an earlier opening", SealReader.Read(file)?.LastSequence ?? 0, 0);
        }
    }

    /// <summary>They were written for a sealing that did not come to its end: what the segment will be is only decided now. Durably, before
    /// the segment loses the name that says so.</summary>
    private void DeleteKeysOfActive(SegmentList list)
    {
        var stale = list.KeyFiles.Where(list.Active.Contains).ToList();
        foreach (var name in stale) _directory.Delete(name.Keys);
        if (stale.Count > 0) _directory.Flush();
    }

    /// <summary>Rule 10: numbers that only a file we set aside still names are not used again.</summary>
    private void ReadDamaged()
    {
        foreach (var (name, file) in _directory.List()
            .Select(f => SegmentName.TryParseDamaged(f, out var n) ? (n, f) : (null!, f))
            .Where(d => d.Item1 != null && d.Item1.FirstSequence > _last))
        {
            using var opened = _directory.Open(file, Access.Plain, write: false);
            using var scan = Scan(opened);
            _highest = Math.Max(_highest, Math.Max(Math.Max(name.FirstSequence, scan.MaxDamaged), Math.Max(scan.MaxSequence, scan.MaxDurable)));
        }
    }

    private void ReadNewestSealed(SegmentList list)
    {
        foreach (var name in list.Sealed) _highest = Math.Max(_highest, name.FirstSequence - 1);
        if (list.Sealed is not [.., var newest]) return;
        using var file = _directory.Open(newest.Sealed, Access.Segment, write: false);
        var seal = SealReader.Read(file);
        if (seal != null)
        {
            _last = seal.LastSequence;
        }
        else
        {
            // Damaged after it was sealed: it stays as it is (D4); its lines say how far the log went.
            using var scan = Scan(file);
            _last = Math.Max(newest.FirstSequence, Math.Max(scan.MaxSequence, scan.MaxDurable));
        }

        _highest = Math.Max(_highest, _last);
        if (SealReader.ReadHeader(file) is { Missing: [.., var missing] }) _highest = Math.Max(_highest, missing.Last);
    }

    private static SegmentScan Scan(ILogFile file, long limit = long.MaxValue) => SegmentScanner.Scan(file, limit, SegmentPass.IsWorthThreads(file));

    private void SetAside(SegmentName name, string why, long last, long bytes) => SetAside(name, RecoveryOutcome.SetAside, why, last, bytes);

    private void SetAside(SegmentName name, RecoveryOutcome outcome, string why, long last, long bytes)
    {
        if (_directory.IsSameFile(name.Active, name.Damaged)) _directory.Delete(name.Active); // by link and unlink, cut in half
        else _directory.Rename(name.Active, name.Damaged);
        _directory.Flush();
        _segments.Add(new(name.Active, outcome, name.FirstSequence, last, bytes, $"{why}; the file is kept as '{name.Damaged}'"));
    }

    /// <summary>The active segments that were found, each settled in log order with what its successor proves about it.</summary>
    private sealed class ActiveSegments(Recovery recovery, SegmentList list)
    {
        private readonly ILogDirectory _directory = recovery._directory;

        public void Settle()
        {
            var found = new List<Found>();
            try
            {
                foreach (var name in list.Active) found.Add(Look(name));
                found.Sort(Found.ByLogOrder);
                var durable = found.Max(f => f.Scan.MaxDurable);
                durable = Math.Max(durable, found.Max(f => f.Scan.Header != null ? f.Name.FirstSequence - 1 : 0));
                durable = Math.Max(durable, recovery._last);
                var kept = new List<Found>();
                foreach (var f in found)
                {
                    if (kept.Count == 0 || ReplacesTailOf(kept[^1], f)) kept.Add(f);
                }

                for (var i = 0; i < kept.Count; i++)
                {
                    var first = kept[i].Name.FirstSequence;
                    var later = i + 1 < kept.Count ? kept[i + 1].From : long.MaxValue;
                    // Of the same number: the sealed one was written in the place of this one, which failed (D3).
                    var laterSealed = list.Sealed.Find(s => s.FirstSequence >= first)?.FirstSequence ?? long.MaxValue;
                    recovery._chain.StartFrom(list.Sealed.FindLast(s => s.FirstSequence < first)?.Sealed);
                    Settle(kept[i], Math.Min(later, laterSealed) - 1, durable);
                }
            }
            finally
            {
                foreach (var f in found) f.Dispose();
            }
        }

        /// <summary>
        /// Rule 3: a segment replaces the end of the one before only if it holds every event from its first through its @durable. Else
        /// only what goes beyond that end is taken from it; false, and set aside, where nothing does.
        /// </summary>
        private bool ReplacesTailOf(Found earlier, Found found)
        {
            var scan = found.Scan;
            var last = earlier.Scan.LastSequence;
            if (found.Name.FirstSequence > last || (scan.Header != null && scan.LastSequence >= scan.Header.Durable)) return true;
            found.From = last + 1;
            if (Math.Max(scan.MaxSequence, scan.MaxDurable) > last) return true;
            recovery.SetAside(found.Name, "it was to replace the end of the segment before it, but does not hold all of it",
                found.Name.FirstSequence - 1, scan.ContentEnd);
            return false;
        }

        private Found Look(SegmentName name)
        {
            var file = _directory.Open(name.Active, Access.Segment, write: true);
            file.FlushAll(); // what a crashed process left in caches is not to be trusted before (rule 9)
            file.DropCache();
            return new(name, file, Scan(file));
        }

        private void Settle(Found found, long limit, long durable)
        {
            try
            {
                using var cut = found.Scan.Seal == null && found.Scan.LastSequence > limit ? Scan(found.File, limit) : null;
                Settle(found, cut ?? found.Scan, limit, durable);
            }
            catch (DurableIOException e)
            {
                // Rule 9: a sealing that fails leaves .active, and Open goes on.
                recovery._last = Math.Max(recovery._last, found.Scan.LastSequence);
                recovery._highest = Math.Max(recovery._highest, Math.Max(found.Scan.MaxSequence, durable));
                Report(found, RecoveryOutcome.Left, found.Scan.LastSequence, 0, e.Message);
            }
        }

        private void Settle(Found found, SegmentScan scan, long limit, long durable)
        {
            var name = found.Name;
            if (scan.Seal != null)
            {
                var beyond = recovery._cutter.SetAside(found.File, name, scan.SealEnd, scan.ContentEnd);
                recovery._sealer.Finish(found.File, name, scan, scan.SealEnd);
                Keep(name, scan.LastSequence);
                Report(found, beyond > 0 ? RecoveryOutcome.Cut : RecoveryOutcome.Sealed, scan.LastSequence, beyond,
                    "its seal was whole; the rename was missing" + (beyond > 0 ? $"; what followed the seal is kept as '{name.DamagedTail(scan.SealEnd)}'" : ""));
                return;
            }

            // Rule 4: a successor proves everything below it durable; without one, the greatest @durable tells what was acknowledged.
            var hasSuccessor = limit != long.MaxValue - 1;
            var lost = found.From > name.FirstSequence || scan.Header == null || scan.LastSequence < (hasSuccessor ? limit : durable) ||
                       (!hasSuccessor && scan.Hole is { LooksTorn: false });
            if (lost)
            {
                SalvageFrom(found, scan, limit, durable, hasSuccessor);
                return;
            }

            if (scan.Count == 0)
            {
                recovery.SetAside(name, scan.IsSuperseded ? "all its events stand in a later segment" : "no event in it was ever durable", scan.LastSequence, scan.ContentEnd - scan.ValidEnd);
                return;
            }

            var bytes = recovery._cutter.Cut(found.File, scan);
            recovery._sealer.Seal(found.File, name, scan);
            Keep(name, scan.LastSequence);
            var outcome = scan.IsSuperseded ? RecoveryOutcome.Superseded : bytes > 0 ? RecoveryOutcome.Cut : RecoveryOutcome.Sealed;
            Report(found, outcome, scan.LastSequence, bytes, Describe(scan, bytes));
        }

        private void SalvageFrom(Found found, SegmentScan scan, long limit, long durable, bool hasSuccessor)
        {
            var name = found.Name;
            // Without a successor, what the segment held is known up to the greatest number that anything in it names.
            var through = hasSuccessor ? limit : Math.Max(durable, Math.Max(scan.MaxSequence, scan.MaxDamaged));
            var what = scan.Hole is { } hole
                ? string.Create(CultureInfo.InvariantCulture, $"damaged at offset {hole.Offset}: {hole.What}")
                : string.Create(CultureInfo.InvariantCulture, $"events {scan.LastSequence + 1} to {through} are missing");
            var salvaged = new Salvage(_directory, recovery._chain, recovery._gate, recovery._time).Run(
                found.File, name, scan.Header, scan, recovery._identity.LogId, found.From, limit, through);
            var lastKept = salvaged?.LastSequence ?? found.From - 1;
            if (salvaged != null) Keep(salvaged.Name, lastKept);
            recovery._missing.AddRange(salvaged?.Missing ?? (through >= found.From ? [new(found.From, through)] : []));
            recovery._highest = Math.Max(recovery._highest, Math.Max(scan.MaxSequence, hasSuccessor ? 0 : through));
            recovery.SetAside(name, salvaged != null ? RecoveryOutcome.Salvaged : RecoveryOutcome.SetAside,
                what + (salvaged != null ? $"; what was whole is in '{salvaged.Name.Sealed}'" : "; nothing in it was whole"),
                lastKept, scan.ContentEnd - scan.ValidEnd);
        }

        private void Keep(SegmentName name, long last)
        {
            recovery._last = Math.Max(recovery._last, last);
            list.Sealed.Insert(list.Sealed.FindLastIndex(s => s.FirstSequence < name.FirstSequence) + 1, name);
        }

        private void Report(Found found, RecoveryOutcome outcome, long last, long bytes, string detail) =>
            recovery._segments.Add(new(found.Name.Active, outcome, found.Name.FirstSequence, last, bytes, detail));

        private static string Describe(SegmentScan scan, long bytes) => string.Create(CultureInfo.InvariantCulture,
            $"{scan.Count} events, {scan.ValidEnd} bytes") + (bytes == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $"; {bytes} bytes after offset {scan.ValidEnd} {(scan.IsSuperseded ? "stand in a later segment" : "were never acknowledged")}, kept as '{scan.Header!.Name.DamagedTail(scan.ValidEnd)}'"));
    }

    private sealed record Found(SegmentName Name, ILogFile File, SegmentScan Scan) : IDisposable
    {
        /// <summary>By first number; of two with the same, the one that names the other as its origin comes later.</summary>
        public static int ByLogOrder(Found a, Found b)
        {
            var order = a.Name.FirstSequence.CompareTo(b.Name.FirstSequence);
            if (order != 0) return order;
            if (a.Scan.Header?.OriginSegmentId == b.Name.Id) return 1;
            if (b.Scan.Header?.OriginSegmentId == a.Name.Id) return -1;
            return (a.Scan.Header?.Time ?? default).CompareTo(b.Scan.Header?.Time ?? default);
        }

        /// <summary>The first event that is to be taken from it: its first, or the first that no segment before it holds.</summary>
        public long From { get; set; } = Name.FirstSequence;

        public void Dispose()
        {
            File.Dispose();
            Scan.Dispose();
        }
    }
}
