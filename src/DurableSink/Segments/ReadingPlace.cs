using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>A whole line that a reader came by.</summary>
internal readonly record struct ReadLine(byte[] Bytes, long Sequence, long Durable, bool IsSeal);

/// <summary>An open segment and how far it was read.</summary>
internal sealed class ReadingPlace(SegmentName name, ILogFile file, bool isSealed) : IDisposable
{
    private const int Piece = 256 << 10;
    private const int Probe = 64 << 10;

    private const int Block = AlignedMemory.Alignment;

    private SegmentWindow _window = new(file);
    private long _offset; // the end of the last line that was read
    private long _last = name.FirstSequence - 1;
    private readonly List<ReadLine> _lines = [];

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

    /// <summary>
    /// Goes on at or before the line of an event further on, found by bisection: numbers only rise within a file (times do not). Only in
    /// a sealed segment: of an active one, a line may be whole before those that stand in front of it.
    /// </summary>
    public void SkipTo(long sequence)
    {
        if (!IsSealed || sequence <= _last + 1) return;
        using var window = new SegmentWindow(file, 2 * Probe);
        for (var (low, high) = (_offset, window.Length); high - low > Probe;)
        {
            var middle = low + (high - low) / 2;
            if (LineAfter(window, middle) is not var (start, number)) return; // damage, or a long line: what is left is read
            if (number < sequence) _offset = low = start;
            else high = middle;
        }
    }

    /// <summary>The next whole lines, valid until the next call. In an active segment it stops at the first that is not whole or not the next: a commit may be
    /// writing it, its sectors in any order.</summary>
    public IReadOnlyList<ReadLine> Lines()
    {
        var lines = _lines;
        lines.Clear();
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

    /// <summary>The first line that begins after an offset, and its number; the seal counts as beyond all. Null where that is not whole.</summary>
    private static (long Start, long Sequence)? LineAfter(SegmentWindow window, long offset)
    {
        var bytes = window.From(offset, Probe);
        var newline = bytes.IndexOf(LineTrailer.Newline);
        if (newline < 0) return null;
        var filler = bytes[newline..].IndexOfAnyExcept(LineTrailer.Newline);
        if (filler < 0) return null;
        var line = bytes[(newline + filler)..];
        var end = line.IndexOf(LineTrailer.Newline);
        if (end < 0 || !LineTrailer.TryRead(line[..end], out var sequence, out _)) return null;
        return (offset + newline + filler, line.StartsWith(SegmentSeal.Mark) ? long.MaxValue : sequence);
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
