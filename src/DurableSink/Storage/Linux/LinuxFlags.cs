using System.Runtime.InteropServices;

namespace DurableSink.Storage.Linux;

/// <summary>
/// Flags of open(2). Where no origin is given they come from include/uapi/asm-generic/fcntl.h, which x86-64, riscv64 and loongarch64 use
/// unchanged. arm64 has numbers of its own for three of them (arch/arm64/include/uapi/asm/fcntl.h): there, x86-64's O_DIRECT would
/// be O_DIRECTORY.
/// </summary>
internal static class OpenFlags
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 0x2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int CloseOnExec = 0x80000;

    private static readonly bool Arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>O_DIRECT.</summary>
    public static int Direct { get; } = Arm64 ? 0x10000 : 0x4000;

    /// <summary>O_DIRECTORY.</summary>
    public static int Directory { get; } = Arm64 ? 0x4000 : 0x10000;

    /// <summary>O_NOFOLLOW.</summary>
    public static int NoFollow { get; } = Arm64 ? 0x8000 : 0x20000;

    /// <summary>Whether the numbers here, and 64-bit offsets in libc's calls, hold for this process.</summary>
    public static bool KnowThisProcess { get; } = RuntimeInformation.ProcessArchitecture
        is Architecture.X64 or Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64;
}

/// <summary>Error numbers: include/uapi/asm-generic/errno-base.h and errno.h.</summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EEXIST = 17;
    public const int ENOTDIR = 20;
    public const int EINVAL = 22;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int ENAMETOOLONG = 36;
    public const int ENOSYS = 38;
    public const int ELOOP = 40;
    public const int EOPNOTSUPP = 95;
    public const int EDQUOT = 122;
}
