namespace SegmentShipper.S3;

/// <summary>Gives up on a request where nothing moves for so long: no byte of its body is taken, and no answer comes. A slow line is not hurried: a
/// limit on the whole request would end the same large body again and again.</summary>
internal sealed class Patience(TimeSpan timeout)
{
    /// <exception cref="OperationCanceledException">Given up, or cancelled.</exception>
    public async Task<T> WaitAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(timeout);
        return await request(stall.Token).ConfigureAwait(false);
    }

    /// <exception cref="OperationCanceledException">Given up, or cancelled.</exception>
    public async Task<T> SendAsync<T>(Stream body, Func<Stream, CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(timeout);
        var watched = new WatchedStream(body, () => stall.CancelAfter(timeout));
        await using var owned = watched.ConfigureAwait(false);
        return await request(watched, stall.Token).ConfigureAwait(false);
    }

    /// <summary>Tells of each read. The stream within stays the caller's.</summary>
    private sealed class WatchedStream(Stream inner, Action moved) : Stream
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

        public override int Read(byte[] buffer, int offset, int count)
        {
            moved();
            return inner.Read(buffer, offset, count);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            moved();
            return inner.ReadAsync(buffer, cancellationToken);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void Flush() { }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
