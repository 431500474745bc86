namespace DurableSink.Storage.Linux;

/// <summary>One open file; see <see cref="ILogFile"/> for what each call promises.</summary>
internal sealed class LinuxFile(string path, FileDescriptor file, bool isDirect, int alignment) : ILogFile
{
    private enum Support
    {
        Unknown,
        Yes,
        No,
    }

    private Support _durableWrite;

    public string Path { get; set; } = path;
    public bool IsDirect => isDirect;
    public int Alignment => alignment;
    public long Length => (long)LinuxCalls.Status(file, FileStatus.MaskSize, Path).Size;
    public bool IsLinked => LinuxCalls.Status(file, FileStatus.MaskLinks, Path).Links > 0;

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var written = Written("pwrite", offset, bytes.Length, LinuxCalls.Write(file, offset, bytes));
            offset += written;
            bytes = bytes[written..];
        }
    }

    public bool TryWriteDurable(long offset, ReadOnlySpan<byte> bytes)
    {
        if (_durableWrite == Support.No) return false;
        if (bytes.IsEmpty) throw new ArgumentException("An empty write makes nothing durable.", nameof(bytes));
        var written = LinuxCalls.WriteDurable(file, offset, bytes);
        // EINVAL is about the flag only while no write has ever succeeded; the plain write that follows reports what else it may be.
        if (-written is Errno.EOPNOTSUPP or Errno.ENOSYS || (written == -Errno.EINVAL && _durableWrite == Support.Unknown))
        {
            _durableWrite = Support.No;
            return false;
        }
        while (true)
        {
            var count = Written("pwritev2", offset, bytes.Length, written);
            _durableWrite = Support.Yes;
            if (count == bytes.Length) return true;
            offset += count;
            bytes = bytes[count..];
            written = LinuxCalls.WriteDurable(file, offset, bytes);
        }
    }

    public void Flush() => LinuxCalls.FlushData(file, Path);

    public void FlushAll() => LinuxCalls.FlushAll(file, Path);

    public int Read(long offset, Span<byte> into)
    {
        var total = 0;
        while (total < into.Length)
        {
            var count = (int)LinuxCalls.Read(file, offset + total, into[total..]);
            if (count < 0) throw LinuxCalls.Error("pread", Path, offset + total, -count);
            total += count;
            // In a direct file, only its end leaves a block partly filled, and reading on from there would be unaligned.
            if (count == 0 || (isDirect && total % alignment != 0)) break;
        }
        return total;
    }

    public void Truncate(long length)
    {
        if (length > Length) throw new ArgumentOutOfRangeException(nameof(length), length, "A cut never grows a file.");
        LinuxCalls.Truncate(file, length, Path);
    }

    public bool TryReserve(long offset, long length)
    {
        var errno = LinuxCalls.Reserve(file, offset, length);
        if (errno is Errno.EOPNOTSUPP or Errno.ENOSYS) return false;
        return errno == 0 ? true : throw LinuxCalls.Error("fallocate", Path, offset, errno);
    }

    public void DropCache() => LinuxCalls.DropCache(file, Path);

    public void SetMode(UnixFileMode mode) => LinuxCalls.SetMode(file, mode, Path);

    public void Dispose() => file.Dispose();

    // Why a write was short (a drive that is full, say) comes with the next call, which writes the rest; each must make whole blocks.
    private int Written(string operation, long offset, int length, nint written)
    {
        if (written < 0) throw LinuxCalls.Error(operation, Path, offset, (int)-written);
        if (written == length || (written > 0 && written % alignment == 0)) return (int)written;
        throw new DurableIOException(operation, Path, offset, 0, $"short write: {written} of {length} bytes");
    }
}
