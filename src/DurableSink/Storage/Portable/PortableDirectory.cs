using Microsoft.Win32.SafeHandles;

namespace DurableSink.Storage.Portable;

/// <summary>A directory by its path: where the path leads after a rename or a mount, this leads too.</summary>
internal sealed class PortableDirectory : ILogDirectory
{
    private readonly Platform _platform;
    private readonly DirectorySettings _settings;
    private readonly List<PortableFile> _open = []; // the lock of its own
    private bool _disposed;

    public PortableDirectory(Platform platform, string path, DirectorySettings settings)
    {
        _platform = platform;
        _settings = settings;
        Path = path;
        (FileSystem, IsNetwork) = PortableStorage.FileSystemOf(path);
    }

    public string Path { get; }
    public string Identity => Path;
    public string FileSystem { get; }
    public bool IsNetwork { get; }
    public bool WritesInPlace => FileSystemKind.WritesInPlace(FileSystem);
    public long FreeBytes => PortableStorage.FreeBytes(Path);

    public bool IsMoved => false; // a path is all there is

    /// <summary>Whether nothing stands at the path. A directory that was put in its place is not told from it.</summary>
    public bool IsRemoved => !Directory.Exists(Path);

    public void Reopen() => PortableStorage.FindOrMake(_platform, Path, _settings.DirectoryMode);

    public IReadOnlyList<string> List() => List(static directory => directory.EnumerateFiles());

    public IReadOnlyList<string> ListDirectories() => List(static directory => directory.EnumerateDirectories());

    private IReadOnlyList<string> List(Func<DirectoryInfo, IEnumerable<FileSystemInfo>> enumerate)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            return [.. enumerate(new DirectoryInfo(Path)).Where(found => !IsLink(found)).Select(found => found.Name)];
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("list", Path, -1, e);
        }
    }

    public ILogFile Create(string name, Access access)
    {
        var path = PathOf(name);
        try
        {
            _platform.CreateFile(path, _settings.FileMode);
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("create", path, -1, e);
        }

        try
        {
            var (file, isDirect) = OpenHandle(path, access, write: true);
            try
            {
                _platform.SetMode(file, _settings.FileMode);
                return FileOf(name, file, isDirect, access);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception e)
        {
            RemoveStray(path);
            if (PortableErrors.IsIO(e)) throw PortableErrors.Of("create", path, -1, e);
            throw;
        }
    }

    public ILogFile Open(string name, Access access, bool write)
    {
        var path = PathOf(name);
        try
        {
            // Looked at before it is opened, for want of a call that does both: what somebody puts there between the two is followed.
            if (IsLink(new FileInfo(path)))
                throw PortableErrors.Of("open", path, -1, _platform.LinkNumber, " (a log never opens a file through a symbolic link)");
            var (file, isDirect) = OpenHandle(path, access, write);
            return FileOf(name, file, isDirect, access);
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("open", path, -1, e);
        }
    }

    public void Rename(string from, string to)
    {
        var (path, target) = (PathOf(from), PathOf(to));
        try
        {
            _platform.Rename(path, target);
            lock (_open)
            {
                foreach (var file in _open.Where(file => file.Name == from)) file.Name = to;
            }
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("rename", path, -1, e, $" (renaming it to '{target}')");
        }
    }

    public void Delete(string name)
    {
        var path = PathOf(name);
        try
        {
            if (!System.IO.Path.Exists(path)) throw PortableErrors.Missing("delete", path); // to the BCL that would be success
            File.Delete(path);
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("delete", path, -1, e);
        }
    }

    /// <summary>False: nothing here renames by link and unlink.</summary>
    public bool IsSameFile(string name, string other) => false;

    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        PortableStorage.FlushDirectory(_platform, Path);
    }

    public IDisposable? TryLock(string name, string holder, out string currentHolder)
    {
        var path = PathOf(name);
        try
        {
            if (IsLink(new FileInfo(path)))
                throw PortableErrors.Of("open", path, -1, _platform.LinkNumber, " (a log never opens a file through a symbolic link)");
            return PortableLock.TryTake(_platform, path, _settings.FileMode, holder, out currentHolder);
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("lock", path, -1, e);
        }
    }

    public void Dispose() => _disposed = true;

    /// <summary>Whether a file of this name stands here.</summary>
    internal bool Has(string name) => System.IO.Path.Exists(System.IO.Path.Combine(Path, name));

    internal void Closed(PortableFile file)
    {
        lock (_open) _open.Remove(file);
    }

    // Not every reparse point is a link: files kept in a cloud, or deduplicated, are files.
    private static bool IsLink(FileSystemInfo file) => (file.Attributes & FileAttributes.ReparsePoint) != 0 && file.LinkTarget != null;

    private (SafeFileHandle File, bool IsDirect) OpenHandle(string path, Access access, bool write)
    {
        var rights = write ? FileAccess.ReadWrite : FileAccess.Read;
        if (access == Access.Segment && _settings.DirectIO != DirectIOMode.Off)
        {
            if (_platform.TryOpenDirect(path, rights) is { } direct) return (direct, true);
            if (_settings.DirectIO == DirectIOMode.Require)
            {
                throw new DurableLogException(
                    $"There is no direct I/O for '{path}' (file system {FileSystem}) on this platform, and DirectIO is Require. Set DirectIO " +
                    "to Auto to write through the page cache, flushed as the Fsync policy says, or run on Linux x64 or arm64 with ext4 or xfs.");
            }
        }
        return (File.OpenHandle(path, FileMode.Open, rights, Platform.Sharing), false);
    }

    private PortableFile FileOf(string name, SafeFileHandle handle, bool isDirect, Access access)
    {
        var file = new PortableFile(_platform, this, name, handle, isDirect, access == Access.Segment ? AlignedMemory.Alignment : 1);
        lock (_open) _open.Add(file);
        return file;
    }

    private static void RemoveStray(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            // The error that made it a stray is the one to report.
        }
    }

    private string PathOf(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\\', '\0'))
            throw new ArgumentException($"'{name}' is not a plain file name.", nameof(name));
        return System.IO.Path.Combine(Path, name);
    }
}
