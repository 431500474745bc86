using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace DurableSink.Storage.Portable;

/// <summary>
/// Any Unix: fsync, flock and directories by own calls, checked. <see cref="RandomAccess.FlushToDisk"/> forgives EROFS, EINVAL and
/// ENOTSUP, and opening with <see cref="FileShare.None"/> forgives a file system that knows no locks. No direct I/O: the number of
/// O_DIRECT differs from architecture to architecture.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal class UnixPlatform : Platform
{
    // The same numbers on Linux, macOS and the BSDs.
    protected const int EPERM = 1;
    protected const int EINTR = 4;
    protected const int EACCES = 13;
    protected const int EEXIST = 17;
    protected const int EINVAL = 22;
    protected const int EROFS = 30;

    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int LinuxENOSYS = 38;

    private static readonly int CloseOnExec =
        OperatingSystem.IsLinux() ? UnixNative.LinuxCloseOnExec : OperatingSystem.IsMacOS() ? UnixNative.MacCloseOnExec : 0;

    private static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;

    public override FileShare LockSharing => FileShare.None; // by flock: exclusive at once, or refused

    public override int LinkNumber => OperatingSystem.IsLinux() ? 40 : 62;

    // By an own call: the BCL takes a lock to read, and would be refused.
    public override SafeFileHandle OpenLocked(string path)
    {
        while (true)
        {
            var file = UnixNative.open(path, UnixNative.ReadOnly | CloseOnExec);
            if (!file.IsInvalid) return file;
            var number = Marshal.GetLastPInvokeError();
            file.Dispose();
            if (number != EINTR) throw PortableErrors.Of("open", path, -1, number);
        }
    }

    public override void CreateFile(string path, UnixFileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = Sharing,
            BufferSize = 0,
            UnixCreateMode = mode | OwnerReadWrite, // who may open it now could read later what is written then
        };
        new FileStream(path, options).Dispose();
    }

    public override void CreateDirectory(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(path, mode);
        File.SetUnixFileMode(path, mode); // the umask trimmed it
    }

    public override void SetMode(SafeFileHandle file, UnixFileMode mode) => File.SetUnixFileMode(file, mode);

    public override void Rename(string from, string to)
    {
        if (!OperatingSystem.IsLinux() || !TryRenameOnLinux(from, to)) RenameAfterALook(from, to);
    }

    /// <summary>Where no call refuses to replace. The log's lock keeps everybody else from taking the name between look and rename.</summary>
    internal static void RenameAfterALook(string from, string to)
    {
        if (Path.Exists(to)) throw PortableErrors.Of("rename", from, -1, EEXIST, $" (renaming it to '{to}')");
        File.Move(from, to, overwrite: true); // rename(2); without overwrite it would be link and unlink
    }

    public override void Flush(SafeFileHandle file, string path)
    {
        while (UnixNative.fsync(file) != 0) ThrowUnlessInterrupted("fsync", path);
    }

    public override void FlushDirectory(string path)
    {
        using var directory = OpenLocked(path);
        Flush(directory, path);
    }

    public override bool TryLock(SafeFileHandle file, string path)
    {
        while (UnixNative.flock(file, UnixNative.LockExclusiveNonBlocking) != 0)
        {
            if (IsHeld(Marshal.GetLastPInvokeError())) return false;
            ThrowUnlessInterrupted("flock", path);
        }
        return true;
    }

    public override bool IsHeld(int number) => number == WouldBlock;

    // One that we may not read or change, or on a file system that flushes no directories: a mount point's parent, as a rule.
    public override bool IsNotOurs(int number) => number is EACCES or EPERM or EROFS or EINVAL;

    protected static void ThrowUnlessInterrupted(string operation, string path)
    {
        var number = Marshal.GetLastPInvokeError();
        if (number != EINTR) throw PortableErrors.Of(operation, path, -1, number);
    }

    private static bool TryRenameOnLinux(string from, string to)
    {
        try
        {
            while (UnixNative.renameat2(UnixNative.AtCurrentDirectory, from, UnixNative.AtCurrentDirectory, to, UnixNative.RenameNoReplace) != 0)
            {
                var number = Marshal.GetLastPInvokeError();
                if (number is EINVAL or LinuxENOSYS) return false; // the file system, or the kernel, has no RENAME_NOREPLACE
                if (number != EINTR) throw PortableErrors.Of("renameat2", from, -1, number, $" (renaming it to '{to}')");
            }
            return true;
        }
        catch (EntryPointNotFoundException) // older musl has no wrapper for it
        {
            return false;
        }
    }
}
