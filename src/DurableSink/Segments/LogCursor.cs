using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// A place in a log that is read, and perhaps written by another process meanwhile. Segments are found by what the directory lists
/// now, by sequence number, so a roll, a seal, a recovery or a removal under the reader's feet only changes where it goes on.
/// </summary>
internal sealed class LogCursor : IDisposable
{
    private readonly ILogDirectory _directory;
    private readonly Provisional _provisional = new();
    private DateTimeOffset? _from;
    private readonly long _first; // the least number that is asked for
    private long _next; // the sequence number that comes next
    private long _given; // the greatest that was returned and not retracted
    private readonly HashSet<SegmentName> _skipped = []; // sealed ones that end before the time that is asked for
    private ReadingPlace? _place;
    private bool _isGapSeen;
    private SegmentOrder _segments = SegmentOrder.Empty;
    private readonly List<LogRecord> _records = [];
    private LineTimes _times = new();

    public LogCursor(ILogDirectory directory, LogPosition start)
    {
        _directory = directory;
        _next = _first = Math.Max(1, start.Sequence);
        _from = start.Time;
    }

    public void Dispose()
    {
        _place?.Dispose();
        _directory.Dispose();
    }

    /// <summary>The next records, valid until the next call; none where the log ends at present.</summary>
    public List<LogRecord> Next()
    {
        var records = _records;
        records.Clear();
        for (var stuck = 0; records.Count == 0 && stuck < 3;)
        {
            if (!KnowsWhereToGoOn()) _segments = new SegmentOrder(new SegmentList(_directory));
            try
            {
                if (!Find(_segments, records)) return records;
                if (_place == null || Read(_place, _segments, records)) continue;
                return records;
            }
            catch (DurableIOException e) when (e.Errno == 2)
            {
                stuck++; // renamed or removed since it was listed: look again
                Leave();
            }
        }

        return records;
    }

    /// <summary>
    /// Whether what the directory listed before still says where to go on: among sealed segments, whose names and bytes never change (D4), as
    /// long as another one follows. One that was removed is not found when it is opened. Else a log of many segments is listed for each.
    /// </summary>
    private bool KnowsWhereToGoOn()
    {
        if (_from != null || _place is not { IsSealed: true } || _segments.Latest(_next) is not { } segment) return false;
        return _segments.IsSealed(segment) && _segments.After(segment.FirstSequence) != null && !(_place.IsDone && _place.Name == segment);
    }

    /// <summary>Goes to the segment that holds the next number. False where there is none yet.</summary>
    private bool Find(SegmentOrder all, List<LogRecord> records)
    {
        if (_from is { } time)
        {
            all = SkipBefore(time, all);
            if (all.IsEmpty) return false;
        }

        // The latest that begins at or below the next number: a later one holds what an earlier one may have lost (rule 3).
        var segment = all.Latest(_next);
        if (segment != null) segment = Replacement(segment, all);
        if (segment == null || (_place is { IsDone: true } && _place.Name == segment))
        {
            segment = all.After(_next);
            if (segment == null || !_isGapSeen)
            {
                // A listing may miss a name that is changed meanwhile (readdir, POSIX): a gap is one only in two of them.
                _isGapSeen = segment != null;
                if (!_isGapSeen) return false;
                return Find(_segments = new SegmentOrder(new SegmentList(_directory)), records);
            }

            records.Add(Range(LogRecordKind.Gap, _next, segment.FirstSequence - 1));
            _next = segment.FirstSequence;
        }

        _isGapSeen = false;
        var isSealed = all.IsSealed(segment);
        if (_place?.Name == segment)
        {
            // Sealed by a recovery, perhaps shorter than it was read: then its seal may stand before the place in it.
            if (_place.Refresh(isSealed) && _place.LastSequence < _given) RetractAfter(_place, records);
            return true;
        }

        Leave();
        _place = new ReadingPlace(segment, _directory.Open(isSealed ? segment.Sealed : segment.Active, Access.Segment, write: false), isSealed);
        _place.SkipTo(_next);
        return true;
    }

    /// <summary>Of segments that begin with the same number, the one that no other names as its origin (D3).</summary>
    private SegmentName Replacement(SegmentName found, SegmentOrder all)
    {
        var same = all.BeginningWith(found.FirstSequence);
        if (same.Count == 1) return found;
        var replaced = same.Select(n => Header(n, all)?.OriginSegmentId).ToHashSet();
        return same.FindLast(n => !replaced.Contains(n.Id)) ?? found;
    }

    private SegmentHeader? Header(SegmentName name, SegmentOrder all)
    {
        using var file = _directory.Open(all.IsSealed(name) ? name.Sealed : name.Active, Access.Segment, write: false);
        return SealReader.ReadHeader(file);
    }

    /// <summary>Time search by the seals' least and greatest time, never by bisection: clocks step.</summary>
    private SegmentOrder SkipBefore(DateTimeOffset time, SegmentOrder all)
    {
        foreach (var name in all.Sealed)
        {
            if (_skipped.Contains(name)) continue; // its bytes never change again (D4)
            using var file = _directory.Open(name.Sealed, Access.Segment, write: false);
            if (SealReader.Read(file) is not { } seal || seal.MaxTime >= time) break;
            _next = Math.Max(_next, seal.LastSequence + 1);
            _skipped.Add(name);
        }

        all = all.Without(_skipped);
        if (all.First is { } first) _next = Math.Max(_next, first.FirstSequence);
        return all;
    }

    /// <summary>Reads some lines. False where nothing more can be had now.</summary>
    private bool Read(ReadingPlace place, SegmentOrder all, List<LogRecord> records)
    {
        var successor = all.After(place.Name.FirstSequence)?.FirstSequence;
        var known = successor - 1 ?? 0; // a segment's name proves all below it durable (rule 4)
        var lines = place.Lines();
        if (place.IsSealed) known = long.MaxValue;
        else foreach (var line in lines) known = Math.Max(known, line.Durable);
        foreach (var line in lines)
        {
            if (line.IsSeal)
            {
                place.IsDone = true;
                if (line.Sequence < _given) Retract(line.Sequence + 1, records);
                else if (line.Sequence >= _next) Gap(line.Sequence + 1, records);
                break;
            }

            Take(line, place, known, records);
        }

        // A later segment's name proves that nothing more comes here (rule 4): what is still missing is lost, or stands there.
        if (lines.Count == 0 && successor != null && !place.IsSealed) place.IsDone = true;
        _provisional.Forget(known);
        return lines.Count > 0 || (place.IsDone && successor != null);
    }

    private void Take(ReadLine line, ReadingPlace place, long known, List<LogRecord> records)
    {
        if (line.Sequence < _next)
        {
            // A line written again keeps its hash; another event under its number means that the first one was taken back (rule 12).
            if (!_provisional.Contradicts(line.Sequence, LineTrailer.HashOf(line.Bytes.Span))) return;
            Retract(line.Sequence, records);
        }

        var ticks = _times.TicksOf(line.Bytes.Span);
        if (_from is { } from)
        {
            if (ticks < from.UtcTicks)
            {
                _next = line.Sequence + 1;
                return;
            }

            _from = null;
        }
        else if (line.Sequence > _next)
        {
            Gap(line.Sequence, records);
        }

        _next = line.Sequence + 1;
        _given = line.Sequence;
        var isProvisional = line.Sequence > known;
        if (isProvisional) _provisional.Add(line.Sequence, LineTrailer.HashOf(line.Bytes.Span));
        records.Add(new LogRecord
        {
            Kind = LogRecordKind.Event,
            Sequence = line.Sequence,
            LastSequence = line.Sequence,
            Json = line.Bytes,
            Timestamp = ticks < 0 ? default : Timestamps.FromTicks(ticks),
            Segment = place.FileName,
            IsProvisional = isProvisional,
        });
    }

    private void Retract(long from, List<LogRecord> records)
    {
        records.Add(Range(LogRecordKind.Retraction, from, _given));
        _provisional.Remove(from);
        _given = from - 1;
        _next = Math.Max(_first, from);
    }

    private void RetractAfter(ReadingPlace place, List<LogRecord> records)
    {
        Retract(place.LastSequence + 1, records);
        place.IsDone = true;
    }

    private void Gap(long to, List<LogRecord> records)
    {
        records.Add(Range(LogRecordKind.Gap, _next, to - 1));
        _next = to;
    }

    private void Leave()
    {
        _place?.Dispose();
        _place = null;
    }

    private static LogRecord Range(LogRecordKind kind, long first, long last) => new() { Kind = kind, Sequence = first, LastSequence = last };

    /// <summary>The hashes of events that were returned before they were known durable.</summary>
    private sealed class Provisional
    {
        private readonly SortedDictionary<long, ulong> _hashes = [];

        public void Add(long sequence, ulong hash) => _hashes[sequence] = hash;

        public bool Contradicts(long sequence, ulong hash) => _hashes.TryGetValue(sequence, out var known) && known != hash;

        public void Remove(long from)
        {
            foreach (var sequence in _hashes.Keys.Where(s => s >= from).ToList()) _hashes.Remove(sequence);
        }

        public void Forget(long known)
        {
            while (_hashes.Count > 0 && _hashes.First().Key is var first && first <= known) _hashes.Remove(first);
        }
    }
}
