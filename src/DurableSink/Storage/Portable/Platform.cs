using Microsoft.Win32.SafeHandles;

namespace DurableSink.Storage.Portable;

/// <summary>
/// What each platform does in its own way, each by the strongest call it has. Everything fails with <see cref="DurableIOException"/>
/// or with what the BCL throws, which <see cref="PortableErrors"/> turns into one. docs/PLATFORMS.md says what was tested where.
/// </summary>
internal abstract class Platform
{
    /// <summary>Everybody may do everything with an open file, rename and delete it too: the log's lock keeps writers apart.</summary>
    public const FileShare Sharing = FileShare.ReadWrite | FileShare.Delete;

    /// <summary>How the lock's file is opened, so that a second opener is refused.</summary>
    public abstract FileShare LockSharing { get; }

    /// <summary>The error number of a link that is not followed.</summary>
    public abstract int LinkNumber { get; }

    public static Platform OfThisProcess() =>
        OperatingSystem.IsWindows() ? new WindowsPlatform() : OperatingSystem.IsMacOS() ? new MacPlatform() : new UnixPlatform();

    /// <summary>Opens an existing file for direct I/O; null where platform or file system has none.</summary>
    public virtual SafeFileHandle? TryOpenDirect(string path, FileAccess access) => null;

    /// <summary>Opens an existing file to read it, whoever holds a lock on it.</summary>
    public abstract SafeFileHandle OpenLocked(string path);

    /// <summary>Makes a new, empty file, never with more permissions than <paramref name="mode"/> and the owner's.</summary>
    public abstract void CreateFile(string path, UnixFileMode mode);

    /// <summary>Makes a directory, with <paramref name="mode"/> exactly where there are modes.</summary>
    public abstract void CreateDirectory(string path, UnixFileMode mode);

    /// <summary>Sets the permissions of a file exactly, where there are modes.</summary>
    public abstract void SetMode(SafeFileHandle file, UnixFileMode mode);

    /// <summary>Renames where the new name is free.</summary>
    public abstract void Rename(string from, string to);

    /// <summary>Makes a file's bytes, length and attributes durable. No error is forgiven (D3).</summary>
    public abstract void Flush(SafeFileHandle file, string path);

    /// <summary>Makes the names in a directory durable. No error is forgiven (D3).</summary>
    public abstract void FlushDirectory(string path);

    /// <summary>Takes the lock on a file opened with <see cref="LockSharing"/>; false when another one has it.</summary>
    public abstract bool TryLock(SafeFileHandle file, string path);

    /// <summary>Whether opening failed with this number because another one holds the lock.</summary>
    public abstract bool IsHeld(int number);

    /// <summary>Whether a directory that fails to be flushed with this number is one in which we can have made nothing.</summary>
    public abstract bool IsNotOurs(int number);
}
