using System.Security.Cryptography;
using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// Rule 10: copies the whole lines of a damaged segment into a new segment whose header names the origin and the missing ranges,
/// seals it, and only then sets the original aside. Until its durable rename the copy is a spare, which recovery deletes.
/// </summary>
internal sealed class Salvage(ILogDirectory directory, SealedChain chain, DriveGate gate, TimeProvider time)
{
    public const string Reason = "salvage";

    /// <summary>Salvages what <paramref name="scan"/> found whole in <paramref name="file"/>, from <paramref name="from"/> up to <paramref name="limit"/>.
    /// <paramref name="through"/> is the last number the segment is known to have held. Null where nothing was whole.</summary>
    public SalvagedSegment? Run(ILogFile file, SegmentName original, SegmentHeader? originalHeader, SegmentScan scan, string logId, long from, long limit, long through)
    {
        var runs = Runs(scan, original.FirstSequence, from, limit);
        if (runs.Count == 0) return null;
        var missing = Missing(runs, from, through);
        var header = new SegmentHeader
        {
            LogId = originalHeader?.LogId ?? logId,
            LogName = original.Log,
            SegmentId = SegmentName.NewId(),
            FirstSequence = runs[0].Sequences.First,
            PreviousSegmentId = originalHeader?.PreviousSegmentId,
            Time = originalHeader?.Time ?? time.GetUtcNow(),
            OriginSegmentId = original.Id,
            OriginReason = Reason,
            Missing = missing,
        };
        var spare = SegmentName.NewSpare(original.Log);
        using (var copy = directory.Create(spare, Access.Segment))
        {
            var sha256 = Copy(copy, spare, file, header, runs);
            gate.Run(copy.Path, () =>
            {
                directory.Rename(spare, header.Name.Sealed);
                directory.Flush();
            });
            chain.Add(header.Name.Sealed, sha256);
        }

        return new(header.Name, runs[^1].Sequences.Last, missing);
    }

    /// <summary>The segment into which an earlier attempt salvaged <paramref name="original"/>; null where there is none. Its name may not be durable.</summary>
    public static (SegmentName Name, SegmentHeader Header)? Find(ILogDirectory directory, IEnumerable<SegmentName> sealedOnes, SegmentName original)
    {
        foreach (var later in sealedOnes.Where(s => s.FirstSequence >= original.FirstSequence))
        {
            using var file = directory.Open(later.Sealed, Access.Segment, write: false);
            if (SealReader.ReadHeader(file) is { OriginReason: Reason } header && header.OriginSegmentId == original.Id) return (later, header);
        }

        return null;
    }

    private string Copy(ILogFile copy, string name, ILogFile source, SegmentHeader header, List<LineRun> runs)
    {
        try
        {
            var keyed = new KeyedOffsets();
            var sha256 = new CopyWriter(copy, source, gate, time, keyed, chain.Key).Write(header, runs, chain.Previous(header.PreviousSegmentId));
            KeyFile.Write(directory, gate, time, header.Name, header.LogId, copy, keyed);
            return sha256;
        }
        catch (DurableIOException)
        {
            DeleteQuietly(name); // on a full drive its room is what others need
            throw;
        }
    }

    private void DeleteQuietly(string name)
    {
        try
        {
            directory.Delete(name);
        }
        catch (DurableIOException)
        {
            // The next opening deletes it.
        }
    }

    private static List<LineRun> Runs(SegmentScan scan, long first, long from, long limit)
    {
        var runs = new List<LineRun>();
        var last = from - 1;
        // The ordered part may have filler between its lines; the header before it is not copied.
        Take(new(scan.FirstEventOffset, scan.ValidEnd - scan.FirstEventOffset, new(first, scan.LastSequence)));
        foreach (var run in scan.Beyond) Take(run);
        return runs;

        void Take(LineRun run)
        {
            var range = new SequenceRange(Math.Max(run.Sequences.First, last + 1), Math.Min(run.Sequences.Last, limit));
            if (range.First > range.Last) return;
            runs.Add(run with { Sequences = range });
            last = range.Last;
        }
    }

    private static List<SequenceRange> Missing(List<LineRun> runs, long first, long through)
    {
        var missing = new List<SequenceRange>();
        var next = first;
        foreach (var run in runs)
        {
            if (run.Sequences.First > next) missing.Add(new(next, run.Sequences.First - 1));
            next = run.Sequences.Last + 1;
        }

        if (next <= through) missing.Add(new(next, through));
        return missing;
    }

    /// <summary>Writes the new segment in aligned pieces: header, lines, seal.</summary>
    private sealed class CopyWriter(ILogFile copy, ILogFile source, DriveGate gate, TimeProvider time, KeyedOffsets keyed, SealKey? key) : IDisposable
    {
        private const int Piece = 1 << 20;

        private readonly AlignedMemory _memory = AlignedMemory.Allocate(Piece);
        private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long _written;
        private int _filled;
        private long _count;
        private long _minTicks = long.MaxValue;
        private long _maxTicks = -1;

        public string Write(SegmentHeader header, List<LineRun> runs, PreviousHash previous)
        {
            using (this)
            {
                var failures = gate.Failures;
                var first = header.FirstSequence;
                var last = runs[^1].Sequences.Last;
                Add(HeaderLine(header, first - 1));
                using (var window = new SegmentWindow(source))
                {
                    foreach (var run in runs) Copy(window, run);
                }

                var seal = new SegmentSeal
                {
                    SegmentId = header.SegmentId,
                    Count = _count,
                    FirstSequence = first,
                    LastSequence = last,
                    MinTime = _maxTicks < 0 ? header.Time : Timestamps.FromTicks(_minTicks),
                    MaxTime = _maxTicks < 0 ? header.Time : Timestamps.FromTicks(_maxTicks),
                    Sha256 = Convert.ToHexStringLower(_sha256.GetCurrentHash()),
                    Previous = previous,
                    Time = time.GetUtcNow(),
                };
                Add(seal.ToLine(key: key));
                var length = _written + _filled;
                _memory.Span[_filled..].Fill(LineTrailer.Newline);
                if (_filled > 0) copy.Write(_written, _memory.Span[..((_filled + AlignedMemory.Alignment - 1) / AlignedMemory.Alignment * AlignedMemory.Alignment)]);
                gate.Run(copy.Path, () =>
                {
                    copy.FlushAll();
                    copy.Truncate(length);
                    copy.FlushAll();
                    // Rule 1: a flush of this log that failed since the first of these writes may have lost them.
                    if (gate.Failures != failures) throw new DurableIOException("flush", copy.Path, -1, 5, "another flush of this log failed since this file was written to");
                });
                return Convert.ToHexStringLower(_sha256.GetHashAndReset());
            }
        }

        public void Dispose()
        {
            _memory.Dispose();
            _sha256.Dispose();
        }

        private static byte[] HeaderLine(SegmentHeader header, long sequence)
        {
            var body = header.ToBody();
            var line = new byte[body.Length + LineTrailer.Length(sequence, withDurable: true)];
            body.CopyTo(line, 0);
            LineTrailer.Write(line, body.Length, sequence, withDurable: true);
            LineTrailer.SetDurable(line, sequence, sequence);
            return line;
        }

        /// <summary>Copies the run's lines, each checked once more: a drive that is failing may read differently a second time.</summary>
        private void Copy(SegmentWindow window, LineRun run)
        {
            var next = run.Sequences.First;
            for (var at = run.Offset; next <= run.Sequences.Last;)
            {
                var bytes = LineAt(window, at);
                var end = bytes.IndexOf(LineTrailer.Newline) + 1;
                var line = bytes[..end];
                if (end != 1)
                {
                    if (end == 0 || !LineTrailer.TryRead(line[..^1], out var sequence, out _) || sequence > next)
                        throw new DurableIOException("read", source.Path, at, 5, $"event {next} is not read a second time");
                    if (sequence == next) Add(line, ref next); // those below stand in an earlier segment
                }

                at += end;
            }
        }

        private void Add(ReadOnlySpan<byte> line, ref long next)
        {
            next++;
            _count++;
            if (KeyedLine.Is(line)) keyed.Add(_written + _filled);
            var ticks = Timestamps.TicksOfLine(line);
            if (ticks >= 0) (_minTicks, _maxTicks) = (Math.Min(_minTicks, ticks), Math.Max(_maxTicks, ticks));
            Add(line);
        }

        private static ReadOnlySpan<byte> LineAt(SegmentWindow window, long offset)
        {
            for (var wanted = 64 << 10; ; wanted *= 4)
            {
                var bytes = window.From(offset, wanted);
                if (bytes.Length < wanted || bytes.Contains(LineTrailer.Newline)) return bytes;
            }
        }

        private void Add(ReadOnlySpan<byte> bytes)
        {
            _sha256.AppendData(bytes);
            while (bytes.Length > 0)
            {
                var part = Math.Min(bytes.Length, Piece - _filled);
                bytes[..part].CopyTo(_memory.Span[_filled..]);
                bytes = bytes[part..];
                _filled += part;
                if (_filled < Piece) continue;
                copy.Write(_written, _memory.Span);
                _written += Piece;
                _filled = 0;
            }
        }
    }
}

/// <summary>A segment that salvage made, sealed.</summary>
internal sealed record SalvagedSegment(SegmentName Name, long LastSequence, IReadOnlyList<SequenceRange> Missing);
