namespace DurableSink.Storage.Linux;

/// <summary>The file systems of a Linux machine, by its own calls: the BCL's flushes forgive errors, and know no directory.</summary>
internal sealed class LinuxStorage(DirectOpener? opener = null) : ILogStorage
{
    private static readonly int DirectoryFlags = OpenFlags.ReadOnly | OpenFlags.Directory; // fsync needs no more

    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    public string? BootId { get; } = File.Exists(BootIdFile) ? File.ReadAllText(BootIdFile).Trim() : null;

    public ISharedMemory OpenSharedMemory(string path) => new LinuxSharedMemory(path);

    public ILogDirectory OpenDirectory(string path, DirectorySettings settings, bool create)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var handle = create
            ? OpenOrMake(path, settings.DirectoryMode)
            : LinuxCalls.Open(null, path, DirectoryFlags, default, path);
        try
        {
            return new LinuxDirectory(path, handle, settings, opener ?? DirectOpener.Default);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    internal static FileDescriptor OpenOrMake(string path, UnixFileMode mode)
    {
        var handle = LinuxCalls.TryOpen(null, path, DirectoryFlags, default, out var errno);
        if (handle is not null)
        {
            try
            {
                FlushParent(handle, path);
                return handle;
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
        if (errno != Errno.ENOENT || Path.GetDirectoryName(path) is not { } parentPath)
            throw LinuxCalls.Error("openat", path, -1, errno);

        using var parent = OpenOrMake(parentPath, mode);
        return Make(parent, parentPath, path, mode);
    }

    private static FileDescriptor Make(FileDescriptor parent, string parentPath, string path, UnixFileMode mode)
    {
        var name = Path.GetFileName(path);
        var errno = LinuxNames.TryMakeDirectory(parent, name, mode);
        if (errno is not (0 or Errno.EEXIST)) throw LinuxCalls.Error("mkdirat", path, -1, errno);
        var made = errno == 0; // else another process made it just now, and its mode is that one's business
        var handle = LinuxCalls.Open(
            parent, name, DirectoryFlags | (made ? OpenFlags.NoFollow : 0), default, path);
        try
        {
            if (made) LinuxCalls.SetMode(handle, mode, path);
            LinuxCalls.FlushAll(parent, parentPath); // rule 5
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A directory that exists may have been made by a process that died before it flushed the parent (rule 5). Only this one level can
    /// be in doubt: each level was flushed before the next was made.
    /// </summary>
    private static void FlushParent(FileDescriptor directory, string path)
    {
        var parentPath = Path.Combine(path, "..");
        using var parent = LinuxCalls.TryOpen(directory, "..", DirectoryFlags, default, out var errno);
        if (parent is null)
        {
            if (errno != Errno.EACCES) throw LinuxCalls.Error("openat", parentPath, -1, errno);
            LinuxCalls.FlushFileSystem(directory, path); // a parent we may not read: flush everything there
            return;
        }
        // A mount point's name belongs to another file system, which may be unable to flush at all, and was not made by us.
        var here = LinuxCalls.Status(directory, FileStatus.MaskInode, path);
        if (here.IsSameDevice(LinuxCalls.Status(parent, FileStatus.MaskInode, parentPath))) LinuxCalls.FlushAll(parent, parentPath);
    }
}
