using System.Text;
using Serilog.Sinks.File;

namespace DurableSink.Bench.Serilog;

/// <summary>Makes Serilog's file sink durable: where it flushes its stream, after each event, the file is flushed to the drive. Counts that.</summary>
internal sealed class FlushedFile : FileLifecycleHooks
{
    private long _flushes;

    public long Flushes => Interlocked.Read(ref _flushes);

    public override Stream OnFileOpened(string path, Stream underlyingStream, Encoding encoding) => new Flushed((FileStream)underlyingStream, this);

    private sealed class Flushed(FileStream file, FlushedFile counter) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => file.CanSeek;

        public override bool CanWrite => true;

        public override long Length => file.Length;

        public override long Position
        {
            get => file.Position;
            set => file.Position = value;
        }

        public override void Flush()
        {
#pragma warning disable RS0030 // it is what others have
            file.Flush(flushToDisk: true);
#pragma warning restore RS0030
            Interlocked.Increment(ref counter._flushes);
        }

        public override void Write(byte[] buffer, int offset, int count) => file.Write(buffer, offset, count);

        public override void Write(ReadOnlySpan<byte> buffer) => file.Write(buffer);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

        public override void SetLength(long value) => file.SetLength(value);

        protected override void Dispose(bool disposing)
        {
            if (disposing) file.Dispose();
            base.Dispose(disposing);
        }
    }
}
