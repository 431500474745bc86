using Amazon.Runtime;
using Amazon.S3.Model;

namespace SegmentShipper.S3;

/// <summary>An object's body, which lets go of the connection when disposed, and fails with nothing but <see cref="IOException"/>.</summary>
internal sealed class ResponseStream(GetObjectResponse response, Patience patience) : Stream
{
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        try
        {
            return response.ResponseStream.Read(buffer, offset, count);
        }
        catch (Exception failure) when (failure is HttpRequestException or AmazonClientException or TimeoutException)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await patience.WaitAsync(token => response.ResponseStream.ReadAsync(buffer, token).AsTask(), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("no byte within RequestTimeout", failure);
        }
        catch (Exception failure) when (failure is HttpRequestException or AmazonClientException or TimeoutException)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) response.Dispose();
        base.Dispose(disposing);
    }
}
