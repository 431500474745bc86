using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// Rule 9: takes the end of a segment's file out of the log. What stands there is first copied, durably, to a <c>.damaged</c> file;
/// a piece at a time, whatever its size.
/// </summary>
internal sealed class TailCutter(ILogDirectory directory, DriveGate gate)
{
    private const int Block = AlignedMemory.Alignment;
    private const int Piece = 1 << 20;

    /// <summary>
    /// Overwrites with filler what follows the segment's last line, to the end of its block at least: the seal's hash covers that.
    /// Returns the number of bytes that were no filler.
    /// </summary>
    public long Cut(ILogFile file, SegmentScan scan)
    {
        var blockEnd = (scan.ValidEnd + Block - 1) / Block * Block;
        var bytes = SetAside(file, scan.Header!.Name, scan.ValidEnd, scan.ContentEnd);
        if (bytes > 0 || !IsFiller(file, scan.ValidEnd, blockEnd)) Overwrite(file, scan.ValidEnd, Math.Max(scan.ContentEnd, blockEnd));
        return bytes;
    }

    /// <summary>Copies what stands between two offsets of a segment, unless it is filler. Returns how many bytes are none.</summary>
    public long SetAside(ILogFile file, SegmentName name, long from, long to)
    {
        if (to <= from) return 0;
        var bytes = 0L;
        gate.Run(file.Path, () =>
        {
            using (var copy = OpenCopy(name.DamagedTail(from)))
            {
                var earlier = copy.Length;
                for (var at = from; at < to;) bytes += CopyPiece(file, copy, from, ref at, to);
                copy.Truncate(Math.Max(earlier, to - from));
                copy.FlushAll();
            }

            directory.Flush();
        });
        return bytes;
    }

    private static long CopyPiece(ILogFile file, ILogFile copy, long from, ref long at, long to)
    {
        using var memory = AlignedMemory.Allocate(RoomFor(at, to));
        var piece = Read(file, at, to, memory);
        // A recovery that crashed during the cut had copied all of it, and overwritten some: what it copied stands.
        var before = new byte[piece.Length];
        var had = copy.Read(at - from, before);
        for (var i = 0; i < had; i++)
        {
            if (IsFiller(piece[i])) piece[i] = before[i];
        }

        copy.Write(at - from, piece);
        at += piece.Length;
        var filler = 0;
        foreach (var b in piece) filler += IsFiller(b) ? 1 : 0;
        return piece.Length - filler;
    }

    private void Overwrite(ILogFile file, long from, long to) => gate.Run(file.Path, () =>
    {
        using var memory = AlignedMemory.Allocate(RoomFor(from, to));
        for (long start = from / Block * Block, next; start < to; start = next)
        {
            next = Math.Min(start + memory.Length, (to + Block - 1) / Block * Block);
            var blocks = memory.Span[..(int)(next - start)];
            var read = file.Read(start, blocks);
            if (read < blocks.Length) blocks[read..].Fill(LineTrailer.Newline);
            blocks[(int)Math.Max(0, from - start)..].Fill(LineTrailer.Newline);
            file.Write(start, blocks);
        }

        file.Flush();
    });

    private static bool IsFiller(ILogFile file, long from, long to)
    {
        if (from >= to) return true;
        using var memory = AlignedMemory.Allocate(Block);
        var rest = Read(file, from, to, memory);
        return rest.Length == to - from && !rest.ContainsAnyExcept(LineTrailer.Newline);
    }

    /// <summary>The blocks that hold these bytes, at most a piece of them: most tails are short.</summary>
    private static int RoomFor(long from, long to) => (int)Math.Min(Piece, (to + Block - 1) / Block * Block - from / Block * Block);

    private static bool IsFiller(byte b) => b is LineTrailer.Newline or 0;

    /// <summary>The bytes from an offset on, as many as fit; fewer where the file ends.</summary>
    private static Span<byte> Read(ILogFile file, long at, long to, AlignedMemory memory)
    {
        var start = at / Block * Block;
        var skip = (int)(at - start);
        var read = file.Read(start, memory.Span);
        var length = (int)Math.Min(read - skip, to - at);
        return length > 0
            ? memory.Span.Slice(skip, length)
            : throw new DurableIOException("read", file.Path, at, 5, "the file ends before what a scan found in it");
    }

    private ILogFile OpenCopy(string name)
    {
        try
        {
            return directory.Create(name, Access.Plain);
        }
        catch (DurableIOException)
        {
            return directory.Open(name, Access.Plain, write: true); // an earlier recovery's
        }
    }
}
