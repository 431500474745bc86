using System.Buffers;

namespace DurableSink.AspNetCore;

/// <summary>
/// Holds what is written, up to a bound, in pooled memory. Beyond it, what is held goes to the server once the audit events so far are
/// durable; the newest bytes always stay, so that the client has no whole answer before the end.
/// </summary>
internal sealed class HeldStream(Answer answer, Stream server, int bound) : Stream
{
    private const int FirstBytes = 4 << 10;

    private byte[] _held = [];
    private int _length;
    private bool _isDone;

    /// <summary>Something was written or flushed: for the pipeline the response has started.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The server has got something: nothing can be taken back any more.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Nothing is held: each write waits for the audit events so far, and leaves.</summary>
    public bool IsThrough { get; set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        TryHold(buffer.Span) ? default : SendAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (TryHold(buffer)) return;
        CheckMayBlock();
        SendAsync(buffer.ToArray(), default).AsTask().GetAwaiter().GetResult();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, default), callback, state);

    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    public override Task FlushAsync(CancellationToken cancellationToken) => IsHeldBack() ? Task.CompletedTask : SendAndFlushAsync(cancellationToken);

    public override void Flush()
    {
        if (IsHeldBack()) return;
        CheckMayBlock();
        SendAndFlushAsync(default).GetAwaiter().GetResult();
    }

    /// <summary>The audit events are durable: what is held goes to the server.</summary>
    public async ValueTask SendHeldAsync(CancellationToken cancellationToken)
    {
        if (_length == 0) return;
        HasLeft = true;
        await server.WriteAsync(_held.AsMemory(0, _length), cancellationToken).ConfigureAwait(false);
        _length = 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (!_isDone && _held.Length > 0) ArrayPool<byte>.Shared.Return(_held);
        (_isDone, _held, _length) = (true, [], 0);
        base.Dispose(disposing);
    }

    private bool TryHold(ReadOnlySpan<byte> data)
    {
        ObjectDisposedException.ThrowIf(_isDone, this);
        HasBegun = true;
        if (IsThrough || data.Length > bound - _length) return false;
        Hold(data);
        return true;
    }

    private void Hold(ReadOnlySpan<byte> data)
    {
        if (_length + data.Length > _held.Length) Grow(_length + data.Length);
        data.CopyTo(_held.AsSpan(_length));
        _length += data.Length;
    }

    private void Grow(int least)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(bound, Math.Max(least, Math.Max(FirstBytes, 2 * _held.Length))));
        _held.AsSpan(0, _length).CopyTo(larger);
        if (_held.Length > 0) ArrayPool<byte>.Shared.Return(_held);
        _held = larger;
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await answer.LeaveAsync().ConfigureAwait(false);
        HasLeft = true;
        await SendHeldAsync(cancellationToken).ConfigureAwait(false);
        var newest = IsThrough ? 0 : Math.Min(data.Length, bound);
        if (newest < data.Length) await server.WriteAsync(data[..^newest], cancellationToken).ConfigureAwait(false);
        Hold(data.Span[^newest..]);
    }

    /// <summary>A flush is the end of most answers, of a JSON result for one: only where each message counts does it let go.</summary>
    private bool IsHeldBack()
    {
        ObjectDisposedException.ThrowIf(_isDone, this);
        HasBegun = true;
        IsThrough |= answer.IsStream;
        return !IsThrough;
    }

    private async Task SendAndFlushAsync(CancellationToken cancellationToken)
    {
        await SendAsync(default, cancellationToken).ConfigureAwait(false);
        await server.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As the server would: into memory anybody may write.</summary>
    private void CheckMayBlock()
    {
        if (answer.IsAsyncOnly) throw new InvalidOperationException("Synchronous operations are disallowed. Call WriteAsync or set AllowSynchronousIO to true.");
    }
}
