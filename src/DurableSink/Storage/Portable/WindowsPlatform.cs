using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace DurableSink.Storage.Portable;

/// <summary>Windows. Not tested: no machine of ours runs it (docs/PLATFORMS.md).</summary>
[SupportedOSPlatform("windows")]
internal sealed partial class WindowsPlatform : Platform
{
    private const FileOptions NoBuffering = (FileOptions)0x20000000; // FILE_FLAG_NO_BUFFERING; the BCL hands it on
    private const FileOptions OpensDirectories = (FileOptions)0x02000000; // FILE_FLAG_BACKUP_SEMANTICS; likewise
    private const uint WriteThrough = 0x8; // MOVEFILE_WRITE_THROUGH, and no MOVEFILE_REPLACE_EXISTING

    private const int AccessDenied = 5;
    private const int WriteProtected = 19;
    private const int SharingViolation = 32;
    private const int LockViolation = 33;
    private const int InvalidParameter = 87;
    private const int CannotAccessFile = 1920;
    private const int LongestPlainPath = 247;

    public override FileShare LockSharing => FileShare.Read; // one writer; what it wrote can be read

    public override int LinkNumber => CannotAccessFile;

    public override SafeFileHandle? TryOpenDirect(string path, FileAccess access)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, access, Sharing, NoBuffering | FileOptions.WriteThrough);
        }
        catch (IOException e) when (PortableErrors.NumberOf(e) == InvalidParameter) // a file system without unbuffered I/O
        {
            return null;
        }
    }

    public override SafeFileHandle OpenLocked(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.Read, Sharing);

    public override void CreateFile(string path, UnixFileMode mode) =>
        File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, Sharing).Dispose();

    public override void CreateDirectory(string path, UnixFileMode mode) => Directory.CreateDirectory(path);

    public override void SetMode(SafeFileHandle file, UnixFileMode mode)
    {
        // Permissions are the directory's ACL, inherited.
    }

    public override void Rename(string from, string to)
    {
        if (!MoveFileEx(Extended(from), Extended(to), WriteThrough))
            throw PortableErrors.Of("MoveFileEx", from, -1, Marshal.GetLastPInvokeError(), $" (renaming it to '{to}')");
    }

    public override void Flush(SafeFileHandle file, string path) => RandomAccess.FlushToDisk(file); // FlushFileBuffers, nothing forgiven

    // FlushFileBuffers of a directory: its structure is on stable storage then ([MS-FSA] 2.1.5.7); asks for the right to add files.
    public override void FlushDirectory(string path)
    {
        using var directory = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, Sharing, OpensDirectories);
        RandomAccess.FlushToDisk(directory);
    }

    public override bool TryLock(SafeFileHandle file, string path) => true; // opening it was the lock

    public override bool IsHeld(int number) => number is SharingViolation or LockViolation;

    public override bool IsNotOurs(int number) => number is AccessDenied or WriteProtected; // C:\, to most users

    // As the BCL does for its own calls: beyond 260 characters the system wants to be told.
    private static string Extended(string path) =>
        path.Length <= LongestPlainPath || path.StartsWith(@"\\?\", StringComparison.Ordinal) || path.StartsWith(@"\\.\", StringComparison.Ordinal) ? path
        : path.StartsWith(@"\\", StringComparison.Ordinal) ? @"\\?\UNC\" + path[2..]
        : @"\\?\" + path;

    [LibraryImport("kernel32", EntryPoint = "MoveFileExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool MoveFileEx(string from, string to, uint flags);
}
