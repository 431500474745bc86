namespace DurableSink.Storage.Linux;

/// <summary>Files on tmpfs. Never on a drive: there the kernel's writing back stalls whoever writes to the memory meanwhile.</summary>
internal sealed class LinuxSharedMemory : ISharedMemory
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly FileDescriptor _directory;

    public LinuxSharedMemory(string path)
    {
        _path = path;
        _directory = LinuxCalls.Open(null, path, OpenFlags.ReadOnly | OpenFlags.Directory, default, path);
        var fileSystem = FileSystems.NameOf(_directory, path);
        if (fileSystem is "tmpfs" or "ramfs") return;
        _directory.Dispose();
        throw new DurableIOException("statfs", path, -1, Errno.EINVAL, $"it is on {fileSystem}, which is no memory; tmpfs is needed");
    }

    public IReadOnlyList<string> List() => LinuxNames.List(_directory, _path);

    public SharedBlock Create(string name, int length)
    {
        var path = Path.Combine(_path, name);
        var file = LinuxCalls.Open(_directory, name, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, Mode, path);
        try
        {
            LinuxCalls.SetMode(file, Mode, path);
            if (LinuxCalls.TryLock(file) is not 0 and var held) throw LinuxCalls.Error("flock", path, -1, held);
            // All of it now: a page that cannot be had when it is touched would end the process.
            if (LinuxCalls.TakeRoom(file, length) is not 0 and var errno) throw LinuxCalls.Error("fallocate", path, 0, errno);
            return Block(file, name, length, path);
        }
        catch
        {
            file.Dispose();
            LinuxNames.TryDelete(_directory, name);
            throw;
        }
    }

    public SharedBlock? TryTake(string name)
    {
        var path = Path.Combine(_path, name);
        var file = LinuxCalls.TryOpen(_directory, name, OpenFlags.ReadWrite | OpenFlags.NoFollow, default, out _);
        if (file is null) return null; // gone, or another user's
        try
        {
            const uint all = FileStatus.MaskType | FileStatus.MaskMode | FileStatus.MaskSize | FileStatus.MaskUser;
            var status = LinuxCalls.Status(file, all, path);
            var isOurs = status.IsRegularFile && (status.Mode & 0x1ff) == (int)Mode && status.User == LinuxNative.geteuid() && status.Size is > 0 and < int.MaxValue;
            if (isOurs && LinuxCalls.TryLock(file) == 0) return Block(file, name, (int)status.Size, path);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        file.Dispose();
        return null;
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>The lock goes with the file's descriptor.</summary>
    private SharedBlock Block(FileDescriptor file, string name, int length, string path) => new(LinuxCalls.Map(file, length, path), delete =>
    {
        if (delete) LinuxNames.TryDelete(_directory, name); // else the next opening finds it, and nothing in it to take
        file.Dispose();
    });
}
