using DurableSink;
using DurableSink.Storage;

namespace SegmentShipper.Local;

/// <summary>A finished file of a log's directory as a stream. Reads as the file was opened: direct, past the page cache, or through it; then
/// <paramref name="dropsCache"/> says that nobody needs it there any more.</summary>
internal sealed class LogFileStream(ILogFile file, bool dropsCache = false) : Stream
{
    private const int Step = 1 << 20;

    private readonly AlignedMemory _memory = AlignedMemory.Allocate((int)Math.Min(Step, file.Length + 1));
    private long _start; // of what is in memory
    private int _filled;
    private bool _isDisposed;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length { get; } = file.Length;
    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Position >= Length || buffer.IsEmpty) return 0;
        if (Position < _start || Position >= _start + _filled) Fill();
        var at = (int)(Position - _start);
        var count = Math.Min(buffer.Length, _filled - at);
        if (count <= 0) throw new EndOfStreamException($"'{file.Path}' was {Length} bytes long and ends at {_start + _filled}: somebody cut it.");
        _memory.Span.Slice(at, count).CopyTo(buffer);
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _memory.Dispose();
            if (dropsCache) DropCache();
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    private void DropCache()
    {
        try
        {
            file.DropCache();
        }
        catch (DurableIOException)
        {
            // Only room in memory is at stake.
        }
    }

    private void Fill()
    {
        var start = Position / AlignedMemory.Alignment * AlignedMemory.Alignment;
        _filled = (int)Math.Min(file.Read(start, _memory.Span), Length - start);
        _start = start;
    }
}
