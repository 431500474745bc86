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
    private Place? _place;

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

    /// <summary>The next records; none where the log ends at present.</summary>
    public List<LogRecord> Next()
    {
        var records = new List<LogRecord>();
        for (var stuck = 0; records.Count == 0 && stuck < 3;)
        {
            var list = new SegmentList(_directory);
            try
            {
                if (!Find(list, records)) return records;
                if (_place == null || Read(_place, list, records)) continue;
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

    /// <summary>Goes to the segment that holds the next number. False where there is none yet.</summary>
    private bool Find(SegmentList list, List<LogRecord> records)
    {
        var all = list.Sealed.Concat(list.Active).OrderBy(n => n.FirstSequence).ToList();
        if (_from is { } time)
        {
            SkipBefore(time, list, all);
            if (all.Count == 0) return false;
        }

        // The latest that begins at or below the next number: a later one holds what an earlier one may have lost (rule 3).
        var segment = all.FindLast(n => n.FirstSequence <= _next);
        if (segment != null) segment = Replacement(segment, all, list);
        if (segment == null || (_place is { IsDone: true } && _place.Name == segment))
        {
            segment = all.Find(n => n.FirstSequence > _next);
            if (segment == null) return false;
            records.Add(Range(LogRecordKind.Gap, _next, segment.FirstSequence - 1));
            _next = segment.FirstSequence;
        }

        if (_place?.Name == segment)
        {
            // Sealed by a recovery, perhaps shorter than it was read: then its seal may stand before the place in it.
            if (_place.Refresh(list.Sealed.Contains(segment)) && _place.LastSequence < _given) RetractAfter(_place, records);
            return true;
        }

        Leave();
        var isSealed = list.Sealed.Contains(segment);
        _place = new Place(segment, _directory.Open(isSealed ? segment.Sealed : segment.Active, Access.Segment, write: false), isSealed);
        return true;
    }

    /// <summary>Of segments that begin with the same number, the one that no other names as its origin (D3).</summary>
    private SegmentName Replacement(SegmentName found, List<SegmentName> all, SegmentList list)
    {
        var same = all.Where(n => n.FirstSequence == found.FirstSequence).ToList();
        if (same.Count == 1) return found;
        var replaced = same.Select(n => Header(n, list)?.OriginSegmentId).ToHashSet();
        return same.FindLast(n => !replaced.Contains(n.Id)) ?? found;
    }

    private SegmentHeader? Header(SegmentName name, SegmentList list)
    {
        using var file = _directory.Open(list.Sealed.Contains(name) ? name.Sealed : name.Active, Access.Segment, write: false);
        return SealReader.ReadHeader(file);
    }

    /// <summary>Time search by the seals' least and greatest time, never by bisection: clocks step.</summary>
    private void SkipBefore(DateTimeOffset time, SegmentList list, List<SegmentName> all)
    {
        foreach (var name in list.Sealed)
        {
            using var file = _directory.Open(name.Sealed, Access.Segment, write: false);
            if (SealReader.Read(file) is not { } seal || seal.MaxTime >= time) break;
            _next = Math.Max(_next, seal.LastSequence + 1);
            all.Remove(name);
        }

        _next = Math.Max(_next, all.Count > 0 ? all[0].FirstSequence : _next);
    }

    /// <summary>Reads some lines. False where nothing more can be had now.</summary>
    private bool Read(Place place, SegmentList list, List<LogRecord> records)
    {
        var successor = list.Sealed.Concat(list.Active).Where(n => n.FirstSequence > place.Name.FirstSequence).Min(n => (long?)n.FirstSequence);
        var known = successor - 1 ?? 0; // a segment's name proves all below it durable (rule 4)
        var lines = place.Lines();
        foreach (var line in lines) known = Math.Max(known, line.Durable);
        if (place.IsSealed) known = long.MaxValue;
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

    private void Take(Line line, Place place, long known, List<LogRecord> records)
    {
        if (line.Sequence < _next)
        {
            // A line written again keeps its hash; another event under its number means that the first one was taken back (rule 12).
            if (!_provisional.Contradicts(line.Sequence, LineTrailer.HashOf(line.Bytes))) return;
            Retract(line.Sequence, records);
        }

        var ticks = Timestamps.TicksOfLine(line.Bytes);
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
        if (isProvisional) _provisional.Add(line.Sequence, LineTrailer.HashOf(line.Bytes));
        records.Add(new LogRecord
        {
            Kind = LogRecordKind.Event,
            Sequence = line.Sequence,
            LastSequence = line.Sequence,
            Json = line.Bytes,
            Timestamp = ticks < 0 ? default : Timestamps.FromTicks(ticks),
            Segment = place.IsSealed ? place.Name.Sealed : place.Name.Active,
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

    private void RetractAfter(Place place, List<LogRecord> records)
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

    private readonly record struct Line(byte[] Bytes, long Sequence, long Durable, bool IsSeal);

    /// <summary>An open segment and how far it was read.</summary>
    private sealed class Place(SegmentName name, ILogFile file, bool isSealed) : IDisposable
    {
        private const int Piece = 1 << 20;

        private const int Block = AlignedMemory.Alignment;

        private SegmentWindow _window = new(file);
        private long _offset; // the end of the last line that was read
        private long _last = name.FirstSequence - 1;

        public SegmentName Name => name;

        public bool IsSealed { get; private set; } = isSealed;

        /// <summary>Read to its seal, or to its end where it has lost its seal.</summary>
        public bool IsDone { get; set; }

        /// <summary>Of a sealed segment, what its seal says; where there is none, no limit.</summary>
        public long LastSequence => SealReader.Read(file)?.LastSequence ?? long.MaxValue;

        /// <summary>Looks at the file anew: it may have grown, or been sealed. True when it has been sealed.</summary>
        public bool Refresh(bool isSealed)
        {
            if (IsSealed) return false; // its bytes never change again (D4)
            IsSealed = isSealed;
            _window.Dispose();
            _window = new SegmentWindow(file);
            return isSealed;
        }

        /// <summary>The next whole lines. In an active segment it stops at the first that is not whole or not the next: a commit may be
        /// writing it, its sectors in any order.</summary>
        public List<Line> Lines()
        {
            var lines = new List<Line>();
            for (var taken = 0; taken < Piece && !IsDone;)
            {
                if (!SkipFiller(out var start)) break;
                var bytes = _window.From(start, 64 << 10);
                var end = bytes.IndexOf(LineTrailer.Newline);
                if (end < 0) end = LongLine(start, ref bytes);
                if (end < 0) break;
                var isWhole = LineTrailer.TryRead(bytes[..end], out var sequence, out var durable);
                var isHeader = isWhole && bytes.StartsWith(SegmentHeader.Mark);
                var isSeal = isWhole && bytes.StartsWith(SegmentSeal.Mark);
                if (!IsSealed && (!isWhole || sequence != _last + (isHeader || isSeal ? 0 : 1))) break;
                if (isHeader) _ = SegmentHeader.TryRead(bytes[..end], file.Path, out _); // refuses a newer format
                else if (isWhole) lines.Add(new(bytes[..end].ToArray(), sequence, durable, isSeal));
                if (isWhole) _last = sequence;
                IsDone |= isSeal;
                _offset = start + end + 1;
                taken += end + 1;
            }

            return lines;
        }

        /// <summary>Where the next line begins. False where there is none, or none yet.</summary>
        private bool SkipFiller(out long start)
        {
            for (start = _offset; start < _window.Length;)
            {
                var bytes = _window.From(start, 64 << 10);
                var filler = bytes.IndexOfAnyExcept(LineTrailer.Newline, (byte)0);
                // A commit begins where the one before ended, or at the next block: what is written ahead is not searched.
                if (!IsSealed && filler != 0 && start + filler != (start + Block - 1) / Block * Block) return false;
                if (bytes.IsEmpty) break; // shorter than it was
                start += filler < 0 ? bytes.Length : filler;
                if (filler >= 0) return true;
            }

            IsDone |= IsSealed;
            return false;
        }

        public void Dispose()
        {
            _window.Dispose();
            file.Dispose();
        }

        private int LongLine(long start, ref ReadOnlySpan<byte> bytes)
        {
            bytes = _window.From(start, SegmentScanner.LongestLine);
            var end = bytes.IndexOf(LineTrailer.Newline);
            if (end < 0 && IsSealed) IsDone = true;
            return end;
        }
    }

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
