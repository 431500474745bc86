using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// A moving window of aligned reads over one file, whose length is taken once. Where it <c>readsAhead</c>, and is moved on and on, the next read is under way
/// on another thread while the caller looks at what the last one gave.
/// </summary>
internal sealed class SegmentWindow : IDisposable
{
    private readonly ILogFile _file;
    private readonly int _step;
    private readonly bool _readsAhead;
    private AlignedMemory _memory;
    private int _begin; // where in it the byte at _start stands
    private long _start;
    private int _filled;
    private AlignedMemory? _next; // what is read ahead into, after room for what is carried over to it
    private Lazy<int>? _reading; // by a thread of the pool, or, where none has begun it, by who wants it

    private const int Room = 64 << 10;

    /// <summary>A window that reads <paramref name="step"/> bytes at a time, or the whole of a smaller file.</summary>
    public SegmentWindow(ILogFile file, int step = 1 << 20, bool readsAhead = false)
    {
        _file = file;
        _readsAhead = readsAhead;
        Length = file.Length;
        _step = (int)Math.Min(step, (Length / AlignedMemory.Alignment + 1) * AlignedMemory.Alignment);
        _memory = AlignedMemory.Allocate(_step);
    }

    public long Length { get; }

    /// <summary>The bytes from <paramref name="offset"/> on: at least <paramref name="wanted"/>, fewer only where the file ends: none beyond it.
    /// Valid until the next call.</summary>
    public ReadOnlySpan<byte> From(long offset, int wanted)
    {
        if (offset >= Length) return [];
        wanted = (int)Math.Min(Length - offset, wanted);
        if (offset < _start || offset + wanted > _start + _filled) Move(offset, wanted);
        return _memory.Span[_begin..(_begin + _filled)][(int)Math.Min(offset - _start, _filled)..]; // none where the file has been cut meanwhile
    }

    /// <summary>Reads a few bytes. Past the end of the file reads as filler.</summary>
    public static void Peek(ILogFile file, long offset, Span<byte> into)
    {
        into.Fill(LineTrailer.Newline);
        using var window = new SegmentWindow(file, 2 * AlignedMemory.Alignment);
        var bytes = window.From(offset, into.Length);
        bytes[..Math.Min(bytes.Length, into.Length)].CopyTo(into);
    }

    public void Dispose()
    {
        // However it ends: only then nothing writes to the memory any more.
        if (_reading != null) Settle(_reading);
        _memory.Dispose();
        _next?.Dispose();
    }

    private void Move(long offset, int wanted)
    {
        var goesOn = _filled > 0 && offset >= _start && offset <= _start + _filled;
        if (!TakeWhatWasReadAhead(offset, wanted, goesOn)) Read(offset, wanted);
        if (_readsAhead && goesOn) ReadAhead(_start + _filled);
    }

    /// <summary>Reads, if nobody has begun to, and returns when that has ended. Its failure is told to who wants the bytes.</summary>
    private static void Settle(Lazy<int> reading)
    {
        try
        {
            _ = reading.Value;
        }
        catch (Exception) // of any kind: the Lazy keeps it, and throws it to who wants the bytes
        {
        }
    }

    private void ReadAhead(long offset)
    {
        if (offset >= Length || offset % AlignedMemory.Alignment != 0) return;
        if (_next is null || _next.Length < Room + _step)
        {
            _next?.Dispose();
            _next = AlignedMemory.Allocate(Room + _step);
        }

        var next = _next;
        _reading = new(() => BlockReading.Read(_file, offset, next.Span.Slice(Room, _step), Length));
        ThreadPool.UnsafeQueueUserWorkItem(Settle, _reading, preferLocal: false);
    }

    /// <summary>What was read ahead, if anything, becomes the window. False where that is not what is wanted.</summary>
    private bool TakeWhatWasReadAhead(long offset, int wanted, bool goesOn)
    {
        var read = _reading?.Value ?? 0;
        _reading = null;
        var rest = goesOn ? _memory.Span[_begin..(_begin + _filled)][(int)(offset - _start)..] : [];
        if (read == 0 || !goesOn || rest.Length > Room || rest.Length + read < wanted) return false;
        _begin = Room - rest.Length;
        rest.CopyTo(_next!.Span[_begin..]);
        (_memory, _next) = (_next, _memory);
        _start = offset;
        _filled = rest.Length + read;
        return true;
    }

    private void Read(long offset, int wanted)
    {
        var start = offset / AlignedMemory.Alignment * AlignedMemory.Alignment;
        var need = (int)(offset - start) + wanted;
        var memory = need <= _memory.Length ? _memory : AlignedMemory.Allocate(need + _step);
        var kept = 0;
        if (start >= _start && start < _start + _filled)
        {
            // Whole blocks only, so that the read that follows is aligned.
            kept = (int)(_start + _filled - start) / AlignedMemory.Alignment * AlignedMemory.Alignment;
            _memory.Span.Slice(_begin + (int)(start - _start), kept).CopyTo(memory.Span);
        }

        if (memory != _memory)
        {
            _memory.Dispose();
            _memory = memory;
        }

        _begin = 0;
        _start = start;
        _filled = kept + BlockReading.Read(_file, start + kept, memory.Span[kept..], Length);
    }
}
