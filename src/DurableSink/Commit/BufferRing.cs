using DurableSink.Storage;

namespace DurableSink.Commit;

/// <summary>
/// The memory that batches are laid out in, given out and taken back in order. A batch is always contiguous, so that one write
/// takes it; where it would not fit before the end, it begins at the start. Guarded by the commit lock.
/// </summary>
internal sealed class BufferRing(int batchBytes, int bytes, KeptBuffer? kept) : IDisposable
{
    private readonly int _capacity = Capacity(batchBytes, bytes);
    private readonly int _start = kept == null ? 0 : KeptBuffer.Start;
    private readonly int _batch = RoundUp(batchBytes);
    private AlignedMemory? _memory;
    private long _head; // virtual positions: the oldest batch, and where the next one may begin
    private long _tail;

    public static int Capacity(int batchBytes, int bytes) => RoundUp(bytes) + 3 * RoundUp(batchBytes);

    public AlignedMemory Memory => kept?.Memory ?? (_memory ??= AlignedMemory.Allocate(_capacity));

    /// <summary>Room for a batch of full size; false where older batches are in the way.</summary>
    public bool TryOpen(out long position)
    {
        position = _tail;
        var rest = _capacity - (int)(position % _capacity);
        if (rest < _batch) position += rest;
        return position + _batch - _head <= _capacity;
    }

    /// <summary>Whether batches take half of it, however little they hold.</summary>
    public bool IsHalfFull => _tail - _head >= _capacity / 2;

    public int Offset(long position) => _start + (int)(position % _capacity);

    /// <summary>The batch at <paramref name="position"/> takes no more than <paramref name="length"/> bytes.</summary>
    public void Close(long position, int length) => _tail = position + RoundUp(length);

    /// <summary>All before <paramref name="position"/> is free again. With none left everything is, and the next batch begins at the start: a
    /// log that is not busy stays in memory that is at hand, and touches no more of it.</summary>
    public void FreeUpTo(long? position)
    {
        if (position is { } oldest) _head = oldest;
        else (_head, _tail) = (0, 0);
    }

    public void Dispose() => _memory?.Dispose();

    private static int RoundUp(int bytes) => (bytes + AlignedMemory.Alignment - 1) / AlignedMemory.Alignment * AlignedMemory.Alignment;
}
