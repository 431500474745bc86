using System.Globalization;

namespace DurableSink.Storage.Linux;

/// <summary>
/// A directory held open: every name is looked up in it, not in the path, so that a directory that is renamed stays the same one.
/// </summary>
internal sealed class LinuxDirectory : ILogDirectory
{
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private volatile FileDescriptor _handle;
    private readonly DirectorySettings _settings;
    private readonly DirectOpener _direct;

    public LinuxDirectory(string path, FileDescriptor handle, DirectorySettings settings, DirectOpener direct)
    {
        Path = path;
        _handle = handle;
        _settings = settings;
        _direct = direct;
        FileSystem = FileSystems.NameOf(handle, path);
        WritesInPlace = FileSystemKind.WritesInPlace(FileSystem);
        IsNetwork = FileSystemKind.IsNetwork(FileSystem);
    }

    public string Path { get; }
    public string FileSystem { get; }

    public string Identity => LinuxCalls.Status(_handle, FileStatus.MaskInode, Path) is var status
        ? string.Create(CultureInfo.InvariantCulture, $"{status.DeviceMajor}:{status.DeviceMinor}:{status.Inode}")
        : "";

    public bool WritesInPlace { get; }
    public bool IsNetwork { get; }

    public IReadOnlyList<string> List() => LinuxNames.List(_handle, Path);

    public IReadOnlyList<string> ListDirectories() => LinuxNames.ListDirectories(_handle, Path);

    public ILogFile Create(string name, Access access)
    {
        const int flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive;
        var path = PathOf(name);
        // Made without O_DIRECT and then opened again with it: a refusal leaves a file otherwise, of which nobody knows whose it is.
        var plain = LinuxCalls.Open(_handle, name, flags | OpenFlags.NoFollow, _settings.FileMode, path);
        try
        {
            // The second open needs these bits, whatever the file's final mode.
            LinuxCalls.SetMode(plain, _settings.FileMode | OwnerReadWrite, path);
            var file = Direct(name, access, OpenFlags.ReadWrite, path) is var (direct, alignment)
                ? new LinuxFile(path, direct, isDirect: true, alignment)
                : Buffered(path, plain, access);
            if (file.IsDirect) plain.Dispose();
            try
            {
                if ((_settings.FileMode & OwnerReadWrite) != OwnerReadWrite) file.SetMode(_settings.FileMode);
                return file;
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch
        {
            plain.Dispose();
            RemoveStray(name, path);
            throw;
        }
    }

    public ILogFile Open(string name, Access access, bool write)
    {
        var path = PathOf(name);
        var flags = write ? OpenFlags.ReadWrite : OpenFlags.ReadOnly;
        return Direct(name, access, flags, path) is var (direct, alignment)
            ? new LinuxFile(path, direct, isDirect: true, alignment)
            : Buffered(path, LinuxCalls.Open(_handle, name, flags | OpenFlags.NoFollow, default, path), access);
    }

    public void Rename(string from, string to)
    {
        var (path, target) = (PathOf(from), PathOf(to));
        var errno = LinuxNames.TryRename(_handle, from, to);
        // EINVAL, ENOSYS: the file system, or the kernel, has no RENAME_NOREPLACE.
        if (errno is Errno.EINVAL or Errno.ENOSYS) RenameByLink(from, to);
        else if (errno != 0) throw LinuxCalls.Error("renameat2", path, -1, errno, $" (renaming it to '{target}')");
    }

    /// <summary>Rule 8: both names stand, durably, before the first one goes; a crash between leaves one file under two names.</summary>
    internal void RenameByLink(string from, string to)
    {
        var errno = LinuxNames.TryLink(_handle, from, to);
        if (errno != 0) throw LinuxCalls.Error("linkat", PathOf(from), -1, errno, $" (renaming it to '{PathOf(to)}')");
        Flush();
        LinuxNames.Unlink(_handle, from, PathOf(from));
        Flush();
    }

    public void Delete(string name) => LinuxNames.Unlink(_handle, name, PathOf(name));

    public bool IsSameFile(string name, string other) =>
        Find(name) is { } one && Find(other) is { } two && one.Inode == two.Inode && one.IsSameDevice(two);

    public void Flush() => LinuxCalls.FlushAll(_handle, Path);

    public long FreeBytes => FileSystems.FreeBytes(_handle, Path);

    public bool IsRemoved => LinuxCalls.Status(_handle, FileStatus.MaskLinks, Path).Links == 0;

    public bool IsMoved
    {
        get
        {
            using var there = LinuxCalls.TryOpen(null, Path, OpenFlags.ReadOnly | OpenFlags.Directory, default, out var errno);
            if (there is null) return errno == Errno.ENOENT;
            var status = LinuxCalls.Status(there, FileStatus.MaskInode, Path);
            var ours = LinuxCalls.Status(_handle, FileStatus.MaskInode, Path);
            return status.Inode != ours.Inode || !status.IsSameDevice(ours);
        }
    }

    public void Reopen() => _handle = LinuxStorage.OpenOrMake(Path, _settings.DirectoryMode); // another thread may be using the old one

    public IDisposable? TryLock(string name, string holder, out string currentHolder)
    {
        var path = PathOf(name);
        var file = OpenOrCreateLock(name, path);
        try
        {
            var taken = LinuxLock.TryTake(file, path, holder, out currentHolder);
            if (taken is null) file.Dispose();
            return taken;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => _handle.Dispose();

    private FileDescriptor OpenOrCreateLock(string name, string path)
    {
        while (true) // ends: a lock file is never removed, so each turn is another process that made it just now
        {
            const int flags = OpenFlags.ReadWrite;
            var file = LinuxCalls.TryOpen(_handle, name, flags | OpenFlags.NoFollow, default, out var errno);
            if (file is not null) return file;
            if (errno != Errno.ENOENT) throw LinuxCalls.Error("openat", path, -1, errno);

            file = LinuxCalls.TryOpen(
                _handle, name, flags | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, _settings.FileMode, out errno);
            if (file is not null)
            {
                LinuxCalls.SetMode(file, _settings.FileMode, path);
                return file;
            }
            if (errno != Errno.EEXIST) throw LinuxCalls.Error("openat", path, -1, errno);
        }
    }

    // Null where direct I/O is not wanted, or refused and not required (D10: the caller sees IsDirect).
    private (FileDescriptor File, int Alignment)? Direct(string name, Access access, int flags, string path)
    {
        if (access != Access.Segment || _settings.DirectIO == DirectIOMode.Off) return null;
        var file = _direct.TryOpen(_handle, name, flags | OpenFlags.NoFollow, path, out var alignment);
        if (file is not null) return (file, alignment);
        if (_settings.DirectIO != DirectIOMode.Require) return null;
        throw new DurableLogException(
            $"The file system ({FileSystem}) refuses direct I/O on '{path}', and DirectIO is Require. Put the log's directory on a file " +
            "system that has it (ext4 or xfs), or set DirectIO to Auto to write through the page cache, flushed as the Fsync policy says.");
    }

    private static LinuxFile Buffered(string path, FileDescriptor file, Access access) =>
        new(path, file, isDirect: false, access == Access.Segment ? AlignedMemory.Alignment : 1);

    private FileStatus? Find(string name)
    {
        var errno = LinuxCalls.TryStatus(_handle, name, FileStatus.MaskInode, out var status);
        return errno switch
        {
            0 => status,
            Errno.ENOENT => null,
            _ => throw LinuxCalls.Error("statx", PathOf(name), -1, errno),
        };
    }

    private void RemoveStray(string name, string path)
    {
        try
        {
            LinuxNames.Unlink(_handle, name, path);
        }
        catch (DurableIOException)
        {
            // The error that made it a stray is the one to report.
        }
    }

    private string PathOf(string name)
    {
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\0'))
            throw new ArgumentException($"'{name}' is not a plain file name.", nameof(name));
        return System.IO.Path.Combine(Path, name);
    }
}
