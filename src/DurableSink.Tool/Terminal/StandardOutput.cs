using System.Runtime.InteropServices;

namespace DurableSink.Tooling.Terminal;

/// <summary>
/// The standard output by write(2). .NET's own stream takes a reader who has gone for success, and a program that follows a log would
/// go on for ever.
/// </summary>
internal sealed partial class StandardOutput : Stream
{
    private const int Descriptor = 1;
    private const int Interrupted = 4;
    private const int BrokenPipe = 32;
    private const short HasFailed = 0x08 | 0x20; // POLLERR, POLLNVAL

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static Stream Open() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardOutput();

    /// <summary>Whether who read it has gone, for somebody who has nothing to write and would not find out.</summary>
    public static bool IsReaderGone()
    {
        var descriptor = new PollDescriptor { Descriptor = Descriptor };
        return !OperatingSystem.IsWindows() && Poll(ref descriptor, 1, 0) > 0 && (descriptor.Found & HasFailed) != 0;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var written = Write(Descriptor, ref MemoryMarshal.GetReference(buffer), buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            var errno = Marshal.GetLastPInvokeError();
            if (errno == BrokenPipe) throw new BrokenPipeException();
            if (errno != Interrupted) throw new IOException($"writing to the standard output failed: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})");
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is held back here.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ref byte bytes, nint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nint count, int timeout);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Asked;
        public short Found;
    }
}
