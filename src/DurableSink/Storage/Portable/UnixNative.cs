using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DurableSink.Storage.Portable;

/// <summary>
/// The few calls of libc that the BCL has not, or forgives errors of. None of them takes an offset or a structure, which differ between
/// architectures.
/// </summary>
internal static partial class UnixNative
{
    public const int ReadOnly = 0; // O_RDONLY, everywhere
    public const int LinuxCloseOnExec = 0x80000; // O_CLOEXEC, include/uapi/asm-generic/fcntl.h
    public const int MacCloseOnExec = 0x1000000; // O_CLOEXEC, xnu bsd/sys/fcntl.h
    public const int LockExclusiveNonBlocking = 2 | 4; // LOCK_EX, LOCK_NB, everywhere
    public const int AtCurrentDirectory = -100; // AT_FDCWD of Linux, include/uapi/linux/fcntl.h
    public const int RenameNoReplace = 0x1; // RENAME_NOREPLACE of Linux, include/uapi/linux/fs.h
    public const int RenameExclusive = 0x4; // RENAME_EXCL, xnu bsd/sys/stdio.h
    public const int NoCache = 48; // F_NOCACHE, xnu bsd/sys/fcntl.h
    public const int FullFlush = 51; // F_FULLFSYNC, xnu bsd/sys/fcntl.h

    // Variadic in C, for the mode of a file that is made: here none is, so nothing is passed that way.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int renameat2(int fromDirectory, string from, int toDirectory, string to, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int renamex_np(string from, string to, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fcntl(SafeFileHandle file, int command);

    // Variadic in C. x64 passes the third argument in the third register; Apple's arm64 passes what is variadic on the stack, where the
    // ninth argument of a plain call goes. The value stands in both places.
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fcntl(
        SafeFileHandle file, int command, nint third, nint fourth, nint fifth, nint sixth, nint seventh, nint eighth, nint ninth);
}
