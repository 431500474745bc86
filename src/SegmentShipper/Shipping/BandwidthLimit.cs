namespace SegmentShipper.Shipping;

/// <summary>Lets at most so many bytes pass in a second, over all streams it is applied to. What was not used is not saved up.</summary>
internal sealed class BandwidthLimit(long bytesPerSecond, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly int _step = (int)Math.Clamp(bytesPerSecond / 10, 1, 256 << 10);
    private long _freeAt = time.GetTimestamp(); // when what was let pass so far has passed

    public Stream Apply(Stream stream, CancellationToken cancellationToken) => new LimitedStream(this, stream, cancellationToken);

    /// <summary>How long to wait before so many bytes may pass.</summary>
    private TimeSpan Take(int bytes)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var start = Math.Max(now, _freeAt);
            _freeAt = start + (long)((double)bytes / bytesPerSecond * time.TimestampFrequency);
            return time.GetElapsedTime(now, start);
        }
    }

    private sealed class LimitedStream(BandwidthLimit limit, Stream inner, CancellationToken token) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => inner.CanSeek;
        public override bool CanWrite => false;
        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, limit._step)], cancellationToken).ConfigureAwait(false);
            var wait = limit.Take(count);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, limit.Time, cancellationToken.CanBeCanceled ? cancellationToken : token).ConfigureAwait(false);
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = inner.Read(buffer, offset, Math.Min(count, limit._step));
            var wait = limit.Take(read);
            if (wait > TimeSpan.Zero) Task.Delay(wait, limit.Time, token).GetAwaiter().GetResult();
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void Flush() { }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private TimeProvider Time => time;
}
