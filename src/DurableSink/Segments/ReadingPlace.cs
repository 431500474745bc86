using System.Runtime.CompilerServices;
using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>A whole line that a reader came by. Those that stand together share one array: half the work of one for each.</summary>
internal readonly record struct ReadLine(ReadOnlyMemory<byte> Bytes, long Sequence, long Durable, bool IsSeal);

/// <summary>An open segment and how far it was read.</summary>
internal sealed class ReadingPlace(SegmentName name, ILogFile file, bool isSealed) : IDisposable
{
    private const int Piece = 64 << 10; // as one is given out, its records are still young when they are collected
    private const int Probe = 64 << 10;
    private const int Shared = 16 << 10; // of which a single line may keep all from being collected

    private const int Block = AlignedMemory.Alignment;

    private SegmentWindow _window = new(file, readsAhead: isSealed);
    private long _offset; // the end of the last line that was read
    private long _last = name.FirstSequence - 1;
    private readonly List<ReadLine> _lines = [];

    public SegmentName Name => name;

    /// <summary>The file's name, as it was when it was last looked at.</summary>
    public string FileName { get; private set; } = isSealed ? name.Sealed : name.Active;

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
        if (isSealed) FileName = name.Sealed;
        _window.Dispose();
        _window = new SegmentWindow(file, readsAhead: isSealed);
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

    /// <summary>The next whole lines, valid until the next call; none only where the segment ends, at present or for ever. In an active segment it stops at
    /// the first that is not whole or not the next: a commit may be writing it, its sectors in any order.</summary>
    public List<ReadLine> Lines()
    {
        _lines.Clear();
        for (var stop = _offset + Piece; !IsDone && (_offset < stop || (IsSealed && _lines.Count == 0));)
        {
            if (!SkipFiller(out var start)) break;
            var bytes = _window.From(start, Probe);
            var length = Together(bytes);
            if (length == 0) length = bytes.IndexOf(LineTrailer.Newline) + 1;
            if (length == 0) length = (bytes = _window.From(start, SegmentScanner.LongestLine)).IndexOf(LineTrailer.Newline) + 1;
            if (length == 0 && IsSealed) _offset = start + bytes.Length; // no line is as long: damage, and what stands behind it is read
            else if (length == 0 || !Take(bytes[..length], start)) break;
        }

        return _lines;
    }

    /// <summary>How many bytes the first lines have, as many as fit into one array; in an active segment, which may be filled thinly, only those up to some filler. 0 where
    /// not even one fits.</summary>
    private int Together(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, Shared)];
        var filler = IsSealed ? -1 : bytes.IndexOf("\n\n"u8);
        return filler >= 0 ? filler + 1 : bytes.LastIndexOf(LineTrailer.Newline) + 1;
    }

    /// <summary>Takes the lines that begin at <paramref name="start"/>, up to the seal. False where an active segment ends at present.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // the inner loop of whoever reads a log
    private bool Take(ReadOnlySpan<byte> lines, long start)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(lines.Length);
        lines.CopyTo(bytes);
        for (var at = 0; at < bytes.Length && !IsDone; _offset = start + at)
        {
            if (bytes[at] is LineTrailer.Newline or 0)
            {
                if (!IsSealed) return true; // where the next line may begin, the file's blocks tell
                var filler = bytes.AsSpan(at).IndexOfAnyExcept(LineTrailer.Newline, (byte)0);
                at = filler < 0 ? bytes.Length : at + filler;
                continue;
            }

            var line = bytes.AsSpan(at);
            line = line[..line.IndexOf(LineTrailer.Newline)];
            var isWhole = LineTrailer.TryRead(line, out var sequence, out var durable);
            var isHeader = isWhole && line.StartsWith(SegmentHeader.Mark);
            var isSeal = isWhole && line.StartsWith(SegmentSeal.Mark);
            if (!IsSealed && (!isWhole || sequence != _last + (isHeader || isSeal ? 0 : 1))) return false;
            if (isHeader) _ = SegmentHeader.TryRead(line, file.Path, out _); // refuses a newer format
            else if (isWhole) _lines.Add(new(bytes.AsMemory(at, line.Length), sequence, durable, isSeal));
            if (isWhole) _last = sequence;
            IsDone |= isSeal;
            at += line.Length + 1;
        }

        return true;
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
}
