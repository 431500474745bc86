using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>A moving window of aligned reads over one file, whose length is taken once.</summary>
internal sealed class SegmentWindow : IDisposable
{
    private readonly ILogFile _file;
    private readonly int _step;
    private AlignedMemory _memory;
    private long _start;
    private int _filled;

    /// <summary>A window that reads <paramref name="step"/> bytes at a time, or the whole of a smaller file.</summary>
    public SegmentWindow(ILogFile file, int step = 1 << 20)
    {
        _file = file;
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
        return _memory.Span[(int)Math.Min(offset - _start, _filled).._filled]; // none where the file has been cut meanwhile
    }

    /// <summary>Reads a few bytes. Past the end of the file reads as filler.</summary>
    public static void Peek(ILogFile file, long offset, Span<byte> into)
    {
        into.Fill(LineTrailer.Newline);
        using var window = new SegmentWindow(file, 2 * AlignedMemory.Alignment);
        var bytes = window.From(offset, into.Length);
        bytes[..Math.Min(bytes.Length, into.Length)].CopyTo(into);
    }

    public void Dispose() => _memory.Dispose();

    private void Move(long offset, int wanted)
    {
        var start = offset / AlignedMemory.Alignment * AlignedMemory.Alignment;
        var need = (int)(offset - start) + wanted;
        var memory = need <= _memory.Length ? _memory : AlignedMemory.Allocate(need + _step);
        var kept = 0;
        if (start >= _start && start < _start + _filled)
        {
            // Whole blocks only, so that the read that follows is aligned.
            kept = (int)(_start + _filled - start) / AlignedMemory.Alignment * AlignedMemory.Alignment;
            _memory.Span.Slice((int)(start - _start), kept).CopyTo(memory.Span);
        }

        if (memory != _memory)
        {
            _memory.Dispose();
            _memory = memory;
        }

        _start = start;
        _filled = kept + BlockReading.Read(_file, start + kept, memory.Span[kept..], Length);
    }
}
