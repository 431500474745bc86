using System.Runtime.InteropServices;

namespace DurableSink.Storage.Linux;

/// <summary>libc as it is; <see cref="LinuxCalls"/> gives these calls their manners.</summary>
internal static unsafe partial class LinuxNative
{
    public const int AtCurrentDirectory = -100; // AT_FDCWD, include/uapi/linux/fcntl.h
    public const int AtEmptyPath = 0x1000; // AT_EMPTY_PATH, include/uapi/linux/fcntl.h
    public const int AtSymlinkNoFollow = 0x100; // AT_SYMLINK_NOFOLLOW, include/uapi/linux/fcntl.h
    public const int ProtectionReadWrite = 0x1 | 0x2; // PROT_READ, PROT_WRITE, include/uapi/asm-generic/mman-common.h
    public const int MapSharedAnonymous = 0x01 | 0x20; // MAP_SHARED include/uapi/linux/mman.h, MAP_ANONYMOUS asm-generic/mman-common.h
    public const int MapSharedPopulated = 0x01 | 0x8000; // MAP_SHARED, MAP_POPULATE include/uapi/asm-generic/mman-common.h
    public const int WriteDataSync = 0x2; // RWF_DSYNC, include/uapi/linux/fs.h
    public const int RenameNoReplace = 0x1; // RENAME_NOREPLACE, include/uapi/linux/fs.h (fcntl.h in newer kernels)
    public const int ReserveKeepSize = 0x1; // FALLOC_FL_KEEP_SIZE, include/uapi/linux/falloc.h
    public const int LockExclusiveNonBlocking = 2 | 4; // LOCK_EX, LOCK_NB, include/uapi/asm-generic/fcntl.h
    public const int AdviseDontNeed = 4; // POSIX_FADV_DONTNEED, include/uapi/linux/fadvise.h (another number on s390x only)

    [LibraryImport("libc", SetLastError = true)]
    public static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc")]
    public static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true)]
    public static partial int munmap(void* address, nuint length);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int openat(int directory, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int openat(FileDescriptor directory, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pread(FileDescriptor fd, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pwrite(FileDescriptor fd, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pwritev2(FileDescriptor fd, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fdatasync(FileDescriptor fd);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fsync(FileDescriptor fd);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int syncfs(FileDescriptor fd);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int ftruncate(FileDescriptor fd, long length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fallocate(FileDescriptor fd, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchmod(FileDescriptor fd, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int flock(FileDescriptor fd, int operation);

    [LibraryImport("libc")]
    public static partial int posix_fadvise(FileDescriptor fd, long offset, long length, int advice);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mkdirat(FileDescriptor directory, string name, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int renameat2(FileDescriptor fromDirectory, string from, FileDescriptor toDirectory, string to, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int linkat(FileDescriptor fromDirectory, string from, FileDescriptor toDirectory, string to, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int unlinkat(FileDescriptor directory, string name, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int statx(FileDescriptor directory, string name, int flags, uint mask, FileStatus* status);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fstatfs(FileDescriptor fd, long* status);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint fdopendir(int fd);

    [LibraryImport("libc", SetLastError = true)]
    public static partial DirectoryEntry* readdir(nint stream);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int closedir(nint stream);
}

/// <summary>struct iovec, include/uapi/linux/uio.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Base;
    public nuint Length;
}

/// <summary>struct dirent of a 64-bit libc (glibc and musl alike); the name ends with NUL.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DirectoryEntry
{
    public const byte UnknownType = 0; // DT_UNKNOWN
    public const byte DirectoryType = 4; // DT_DIR
    public const byte RegularType = 8; // DT_REG

    public ulong Inode;
    public long Offset;
    public ushort RecordLength;
    public byte Type;
    public fixed byte Name[256];
}

/// <summary>The parts of struct statx that are used; offsets and masks from include/uapi/linux/stat.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 0x100)]
internal struct FileStatus
{
    public const uint MaskType = 0x1; // STATX_TYPE
    public const uint MaskMode = 0x2; // STATX_MODE
    public const uint MaskLinks = 0x4; // STATX_NLINK
    public const uint MaskUser = 0x8; // STATX_UID
    public const uint MaskInode = 0x100; // STATX_INO
    public const uint MaskSize = 0x200; // STATX_SIZE
    public const uint MaskBlocks = 0x400; // STATX_BLOCKS
    public const uint MaskDirectAlignment = 0x2000; // STATX_DIOALIGN, since Linux 6.1

    [FieldOffset(0x00)] public uint Mask;
    [FieldOffset(0x10)] public uint Links;
    [FieldOffset(0x14)] public uint User;
    [FieldOffset(0x1c)] public ushort Mode;
    [FieldOffset(0x20)] public ulong Inode;
    [FieldOffset(0x28)] public ulong Size;
    [FieldOffset(0x30)] public ulong Blocks;
    [FieldOffset(0x88)] public uint DeviceMajor;
    [FieldOffset(0x8c)] public uint DeviceMinor;
    [FieldOffset(0x98)] public uint DirectMemoryAlignment;
    [FieldOffset(0x9c)] public uint DirectOffsetAlignment;

    public readonly bool IsRegularFile => (Mode & 0xf000) == 0x8000; // S_IFMT, S_IFREG

    public readonly bool IsDirectory => (Mode & 0xf000) == 0x4000; // S_IFDIR

    public readonly bool IsSameDevice(in FileStatus other) => DeviceMajor == other.DeviceMajor && DeviceMinor == other.DeviceMinor;
}
