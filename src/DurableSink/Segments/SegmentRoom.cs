using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// Gives segments room ahead of the events, in steps that double from 1 MiB: a small log does not pay for a big one. Newlines written
/// ahead are filler, so a commit into them changes no metadata (measured: 1.55 times as fast).
/// </summary>
internal sealed class SegmentRoom(DriveGate gate, PreallocationMode mode, long segmentBytes)
{
    private const int FirstStep = 1 << 20;
    private const int Piece = 64 << 10; // what one hold of the gate writes: a commit waits at most for that
    private const int LargeCommit = 8 << 10; // from here on the drive takes longer to write everything twice than the commits gain by it (measured)

    private static readonly AlignedMemory Filler = NewFiller();

    /// <summary>Auto by policy and file system; copy-on-write file systems have nothing to overwrite in place.</summary>
    public static PreallocationMode Choose(PreallocationMode asked, FsyncPolicy policy, bool writesInPlace) => asked switch
    {
        PreallocationMode.Auto when !writesInPlace => PreallocationMode.None,
        PreallocationMode.Auto => policy == FsyncPolicy.Always ? PreallocationMode.Written : PreallocationMode.Reserved,
        _ => asked,
    };

    /// <summary>The first step of room for a new, empty file; returns where it ends.</summary>
    public long Prepare(ILogFile file) => Extend(file, 0, 0, Math.Min(FirstStep, Limit));

    /// <summary>Whether the room ahead has become small, and more of it would pay.</summary>
    public bool IsShort(ActiveSegment segment) =>
        mode != PreallocationMode.None && segment.Room < Limit && segment.Room - segment.Written < segment.Room / 2 &&
        (mode != PreallocationMode.Written || segment.Written < segment.Commits * LargeCommit);

    /// <summary>Doubles the room of a segment that is being written, or, where commits have outrun it, what they have written. False where
    /// the file system cannot.</summary>
    public bool Extend(ActiveSegment segment)
    {
        var target = Math.Min(Math.Max(Math.Max(segment.Room, segment.Written), FirstStep) * 2, Limit);
        while (true)
        {
            gate.Enter(segment.File.Path); // Rule 7: a commit never touches a range whose pre-write has not completed
            try
            {
                var start = Math.Max(segment.Room, segment.Written);
                if (start >= target) return true;
                var end = mode == PreallocationMode.Written ? Math.Min(start + Piece, target) : target;
                segment.Room = Extend(segment.File, start, start, end);
                if (segment.Room <= start) return false;
            }
            catch (DurableIOException e)
            {
                gate.Fail(e);
                throw;
            }
            finally
            {
                gate.Exit();
            }
        }
    }

    private long Limit => (segmentBytes + Piece - 1) / Piece * Piece;

    private long Extend(ILogFile file, long room, long start, long end)
    {
        switch (mode)
        {
            case PreallocationMode.Written:
                for (var at = start; at < end; at += Piece) file.Write(at, Filler.Span[..(int)Math.Min(Piece, end - at)]);
                file.Flush();
                return end;
            case PreallocationMode.Reserved when file.TryReserve(start, end - start):
                return end;
            default:
                return room;
        }
    }

    private static AlignedMemory NewFiller()
    {
        var memory = AlignedMemory.Allocate(Piece);
        memory.Span.Fill(LineTrailer.Newline);
        return memory;
    }
}
