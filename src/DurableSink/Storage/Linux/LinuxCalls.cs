using System.Runtime.InteropServices;
using static DurableSink.Storage.Linux.LinuxNative;

namespace DurableSink.Storage.Linux;

/// <summary>
/// System calls with two manners: EINTR, and nothing else, is tried again, and every other error is thrown or handed to a caller who
/// asked for its number. No error of a flush is ever ignored (D3).
/// </summary>
internal static unsafe class LinuxCalls
{
    /// <summary>Zeroed pages from shared memory: DMA into private ones and a fork do not mix (open(2), NOTES on O_DIRECT).</summary>
    public static byte* MapShared(int length)
    {
        var memory = mmap(null, (nuint)length, ProtectionReadWrite, MapSharedAnonymous, -1, 0);
        if ((nint)memory != -1) return (byte*)memory;
        throw new InsufficientMemoryException(
            $"mmap of {length} bytes failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>A whole file as memory, its pages there at once.</summary>
    public static AlignedMemory Map(FileDescriptor file, int length, string path)
    {
        var memory = mmap(null, (nuint)length, ProtectionReadWrite, MapSharedPopulated, (int)file.DangerousGetHandle(), 0);
        if ((nint)memory == -1) throw Error("mmap", path, 0, Marshal.GetLastPInvokeError());
        return AlignedMemory.OfMapping((byte*)memory, length);
    }

    public static void Unmap(byte* pointer, int length) => munmap(pointer, (nuint)length);

    public static DurableIOException Error(string operation, string path, long offset, int errno, string remark = "") =>
        new(operation, path, offset, errno, Marshal.GetPInvokeErrorMessage(errno) + remark + Remedies.For(operation, path, errno));

    /// <summary>Opens in <paramref name="directory"/> (null: an absolute path); null, with the error's number, when refused.</summary>
    public static FileDescriptor? TryOpen(FileDescriptor? directory, string name, int flags, UnixFileMode mode, out int errno)
    {
        while (true)
        {
            var fd = directory is null
                ? openat(AtCurrentDirectory, name, flags | OpenFlags.CloseOnExec, (uint)mode)
                : openat(directory, name, flags | OpenFlags.CloseOnExec, (uint)mode);
            errno = fd >= 0 ? 0 : Marshal.GetLastPInvokeError();
            if (fd >= 0) return new FileDescriptor(fd);
            if (errno != Errno.EINTR) return null;
        }
    }

    public static FileDescriptor Open(FileDescriptor? directory, string name, int flags, UnixFileMode mode, string path) =>
        TryOpen(directory, name, flags, mode, out var errno) ?? throw Error("openat", path, -1, errno);

    /// <summary>Bytes read, or the negated error number.</summary>
    public static nint Read(FileDescriptor file, long offset, Span<byte> into)
    {
        fixed (byte* buffer = into)
        {
            while (true)
            {
                var count = pread(file, buffer, (nuint)into.Length, offset);
                if (count >= 0) return count;
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) return -errno;
            }
        }
    }

    /// <summary>Bytes written, or the negated error number. EINTR means that nothing was written: only then is it tried again.</summary>
    public static nint Write(FileDescriptor file, long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* buffer = bytes)
        {
            while (true)
            {
                var count = pwrite(file, buffer, (nuint)bytes.Length, offset);
                if (count >= 0) return count;
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) return -errno;
            }
        }
    }

    /// <summary>A write that returns when its bytes are durable (RWF_DSYNC): bytes written, or the negated error number.</summary>
    public static nint WriteDurable(FileDescriptor file, long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* buffer = bytes)
        {
            var vector = new IoVector { Base = buffer, Length = (nuint)bytes.Length };
            while (true)
            {
                var count = pwritev2(file, &vector, 1, offset, WriteDataSync);
                if (count >= 0) return count;
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) return -errno;
            }
        }
    }

    public static void FlushData(FileDescriptor file, string path) => Check("fdatasync", path, static f => fdatasync(f), file);

    public static void FlushAll(FileDescriptor file, string path) => Check("fsync", path, static f => fsync(f), file);

    /// <summary>Flushes the whole file system that <paramref name="file"/> is on.</summary>
    public static void FlushFileSystem(FileDescriptor file, string path) => Check("syncfs", path, static f => syncfs(f), file);

    public static void Truncate(FileDescriptor file, long length, string path)
    {
        while (ftruncate(file, length) != 0) ThrowUnlessInterrupted("ftruncate", path, length);
    }

    /// <summary>Zero, or the error's number.</summary>
    public static int Reserve(FileDescriptor file, long offset, long length)
    {
        while (fallocate(file, ReserveKeepSize, offset, length) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR) return errno;
        }
        return 0;
    }

    /// <summary>Makes the file so long, with all its room. Zero, or the error's number.</summary>
    public static int TakeRoom(FileDescriptor file, long length)
    {
        while (fallocate(file, 0, 0, length) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR) return errno;
        }
        return 0;
    }

    public static void DropCache(FileDescriptor file, string path)
    {
        var errno = posix_fadvise(file, 0, 0, AdviseDontNeed);
        if (errno != 0) throw Error("posix_fadvise", path, -1, errno);
    }

    /// <summary>Sets permissions exactly: what open and mkdir are given, the umask trims.</summary>
    public static void SetMode(FileDescriptor file, UnixFileMode mode, string path)
    {
        while (fchmod(file, (uint)mode) != 0) ThrowUnlessInterrupted("fchmod", path);
    }

    /// <summary>Zero, or the error's number. EAGAIN: somebody else holds the lock.</summary>
    public static int TryLock(FileDescriptor file)
    {
        while (flock(file, LockExclusiveNonBlocking) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR) return errno;
        }
        return 0;
    }

    public static FileStatus Status(FileDescriptor file, uint mask, string path)
    {
        var errno = TryStatus(file, "", mask, out var status);
        return errno == 0 ? status : throw Error("statx", path, -1, errno);
    }

    /// <summary>
    /// The status of a name (of a link itself, where it is one), or of the open file for the empty name. Zero, or the error's number.
    /// </summary>
    public static int TryStatus(FileDescriptor directory, string name, uint mask, out FileStatus status)
    {
        fixed (FileStatus* pointer = &status)
        {
            while (statx(directory, name, AtSymlinkNoFollow | (name.Length == 0 ? AtEmptyPath : 0), mask, pointer) != 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) return errno;
            }
        }
        return 0;
    }

    /// <summary>Throws the last call's error, unless it was an interruption, after which that call is made again.</summary>
    public static void ThrowUnlessInterrupted(string operation, string path, long offset = -1)
    {
        var errno = Marshal.GetLastPInvokeError();
        if (errno != Errno.EINTR) throw Error(operation, path, offset, errno);
    }

    private static void Check(string operation, string path, Func<FileDescriptor, int> call, FileDescriptor file)
    {
        while (call(file) != 0) ThrowUnlessInterrupted(operation, path);
    }
}
