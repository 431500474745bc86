using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Commit;

/// <summary>The events that stand in a kept buffer, found by their lines: a line is taken only when its hash is right, or its body's.</summary>
internal sealed class KeptEvents
{
    private const int Block = AlignedMemory.Alignment;

    private readonly KeptBuffer _buffer;
    private readonly Dictionary<long, ulong> _unfinished;
    private readonly Dictionary<long, (int Offset, int Length)> _bodies = [];

    /// <summary>Looks for events from <paramref name="first"/> on.</summary>
    public KeptEvents(KeptBuffer buffer, long first)
    {
        _buffer = buffer;
        _unfinished = buffer.Unfinished();
        var room = Room;
        for (var at = 0; at < room.Length;)
        {
            // A batch begins at a block; what stands before it there may be the rest of an older one. Else lines follow one another.
            var end = room[at..].IndexOf(LineTrailer.Newline);
            var stop = end < 0 ? room.Length : at + end;
            Take(room, at, stop, first);
            for (var block = (at / Block + 1) * Block; block < stop; block += Block) Take(room, block, stop, first);
            at = stop + 1;
        }
    }

    private ReadOnlySpan<byte> Room => _buffer.Memory.Span[KeptBuffer.Start..];

    public IEnumerable<long> Sequences => _bodies.Keys;

    public bool Has(long sequence) => _bodies.ContainsKey(sequence);

    /// <summary>The event's line without trailer.</summary>
    public ReadOnlySpan<byte> Body(long sequence) => _bodies[sequence] is var (offset, length) ? Room.Slice(offset, length) : default;

    private void Take(ReadOnlySpan<byte> room, int start, int stop, long first)
    {
        var line = room[start..stop];
        if (line.Length == 0 || line[0] != (byte)'{' || line.StartsWith(SegmentHeader.Mark)) return;
        if (!LineTrailer.TrySplit(line, out var body, out var sequence) || sequence < first || _bodies.ContainsKey(sequence)) return;
        if (!LineTrailer.TryRead(line, out _, out _) && !(_unfinished.TryGetValue(sequence, out var hash) && hash == KeptBuffer.HashOfBody(line[..body]))) return;
        _bodies[sequence] = (start, body);
    }
}
