using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Commit;

/// <summary>
/// What one commit writes: a contiguous, block-aligned piece of a segment. It begins with a prefix (the bytes that the first block
/// already holds, or the segment's header), then whole lines, then filler to the block's end.
/// </summary>
internal sealed class Batch
{
    private const int Block = AlignedMemory.Alignment;

    private AlignedMemory _memory = null!;
    private KeptBuffer? _own; // its memory, where that is kept and not the ring's
    private int _start;
    private int _durableLine; // start of the line that carries @durable
    private int _durableLineLength;
    private long _durableLineSequence;

    public SegmentPlan Segment { get; private set; } = null!;

    /// <summary>Where in the segment the piece begins: a multiple of the block size.</summary>
    public long FileOffset { get; private set; }

    /// <summary>Bytes before the first new line.</summary>
    public int Prefix { get; private set; }

    /// <summary>Bytes in use, prefix included.</summary>
    public int Length { get; private set; }

    public long FirstSequence { get; private set; }

    public long LastSequence { get; private set; }

    public long Count => LastSequence - FirstSequence + 1;

    /// <summary>Virtual position in the ring; -1 for memory of its own.</summary>
    public long RingPosition { get; private set; }

    /// <summary>It begins with the segment's header. Later commits into the first block begin at offset 0 too.</summary>
    public bool StartsSegment { get; private set; }

    public Span<byte> Bytes => _memory.Span.Slice(_start, Length);

    public Span<byte> NewLines => _memory.Span[(_start + Prefix)..(_start + Length)];

    public int PaddedLength => (Length + Block - 1) / Block * Block;

    public void Open(SegmentPlan segment, AlignedMemory memory, int start, long ringPosition, long fileOffset, ReadOnlySpan<byte> tail, long firstSequence, KeptBuffer? own = null)
    {
        _own = own;
        Segment = segment;
        _memory = memory;
        _start = start;
        RingPosition = ringPosition;
        FileOffset = fileOffset;
        FirstSequence = firstSequence;
        LastSequence = firstSequence - 1;
        _durableLineLength = 0;
        StartsSegment = segment.End == 0;
        if (StartsSegment)
        {
            Prefix = segment.HeaderLength;
            segment.WriteHeader(_memory.Span.Slice(_start, Prefix));
            (_durableLine, _durableLineLength, _durableLineSequence) = (0, Prefix, firstSequence - 1);
        }
        else
        {
            Prefix = tail.Length;
            tail.CopyTo(_memory.Span[_start..]);
        }

        Length = Prefix;
        segment.End = FileOffset + Length;
    }

    /// <summary>Completes a line from its body and adds it. Returns its hash; null where it carries @durable, which is yet to be set.</summary>
    public ulong? Add(ReadOnlySpan<byte> body)
    {
        var sequence = LastSequence + 1;
        var carriesDurable = _durableLineLength == 0;
        var length = body.Length + LineTrailer.Length(sequence, carriesDurable);
        var line = _memory.Span.Slice(_start + Length, length);
        body.CopyTo(line);
        var hash = LineTrailer.Write(line, body.Length, sequence, carriesDurable);
        if (carriesDurable) (_durableLine, _durableLineLength, _durableLineSequence) = (Length, length, sequence);
        Added(length, sequence);
        return hash;
    }

    /// <summary>The hash that the line of an event in this batch has now.</summary>
    public ulong HashOf(long sequence)
    {
        var lines = NewLines;
        for (var n = FirstSequence; n < sequence; n++) lines = lines[(lines.IndexOf(LineTrailer.Newline) + 1)..];
        return LineTrailer.HashOf(lines[..lines.IndexOf(LineTrailer.Newline)]);
    }

    /// <summary>Adds lines that are complete already: they keep their bytes, numbers and hashes.</summary>
    public void AddWritten(ReadOnlySpan<byte> lines, long lastSequence)
    {
        lines.CopyTo(_memory.Span[(_start + Length)..]);
        Added(lines.Length, lastSequence);
    }

    /// <summary>No further line comes: sets @durable to what is known now. The next batch may begin with a copy of the last block.</summary>
    public void Close(long durable) =>
        LineTrailer.SetDurable(Bytes.Slice(_durableLine, _durableLineLength), _durableLineSequence, durable);

    /// <summary>Fills up the last block and returns what is to be written, @durable brought up to date where no copy of it exists.</summary>
    public ReadOnlySpan<byte> Issue(long durable)
    {
        if (_durableLine + _durableLineLength <= (FileOffset + Length) / Block * Block - FileOffset) Close(durable);
        var padded = _memory.Span.Slice(_start, PaddedLength);
        padded[Length..].Fill(LineTrailer.Newline); // never another event's old bytes
        return padded;
    }

    /// <summary>The hash by which its last event is known wherever that stands.</summary>
    public ulong LastBodyHash()
    {
        var lines = NewLines[..^1];
        var line = lines[(lines.LastIndexOf(LineTrailer.Newline) + 1)..];
        return LineTrailer.TrySplit(line, out var body, out _) ? KeptBuffer.HashOfBody(line[..body]) : 0;
    }

    /// <summary>Gives memory of its own back; with <paramref name="keep"/> it stays for the log's next opening, where it can.</summary>
    public void Release(bool keep = false)
    {
        if (_own is { } own && keep) own.Dispose();
        else if (_own != null) _own.Delete();
        else if (RingPosition < 0) _memory.Dispose();
        _memory = null!;
    }

    private void Added(int bytes, long lastSequence)
    {
        Length += bytes;
        LastSequence = lastSequence;
        Segment.End = FileOffset + Length;
        Segment.LastSequence = lastSequence;
    }
}
