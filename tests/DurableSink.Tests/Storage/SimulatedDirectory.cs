using System.Text;
using DurableSink.Storage;

namespace DurableSink.Tests.Storage;

/// <summary>A directory on a <see cref="SimulatedDrive"/>.</summary>
internal sealed class SimulatedDirectory(SimulatedDrive drive, string path, Names present, DirectorySettings settings) : ILogDirectory
{
    private volatile Names _names = present;
    private bool _disposed;

    public string Path => path;
    public string Identity => path;
    public string FileSystem => drive.FileSystem;
    public bool WritesInPlace => drive.WritesInPlace;
    public bool IsNetwork => drive.IsNetwork;
    public long FreeBytes => drive.FreeBytes;

    public bool IsMoved => false;

    public bool IsRemoved
    {
        get
        {
            lock (drive.Gate) return !drive.State.Directories.ContainsValue(_names);
        }
    }

    public void Reopen()
    {
        Enter(DriveCall.OpenDirectory, path);
        lock (drive.Gate)
        {
            drive.ThrowPlanned(DriveCall.OpenDirectory, path, path);
            _names = drive.MakeDirectory(path);
        }
    }

    public IReadOnlyList<string> List()
    {
        Enter(DriveCall.List, "");
        lock (drive.Gate)
        {
            drive.ThrowPlanned(DriveCall.List, "", path);
            var missed = drive.MissedByNextList;
            drive.MissedByNextList = null;
            return [.. _names.Present.Keys.Where(name => name != missed)];
        }
    }

    public IReadOnlyList<string> ListDirectories()
    {
        Enter(DriveCall.List, "");
        lock (drive.Gate)
        {
            return [.. drive.State.Directories.Keys.Where(other => other.StartsWith(path + "/", StringComparison.Ordinal)).Select(other => other[(path.Length + 1)..].Split('/')[0]).Distinct()];
        }
    }

    public ILogFile Create(string name, Access access)
    {
        Enter(DriveCall.Create, name);
        lock (drive.Gate)
        {
            drive.ThrowPlanned(DriveCall.Create, name, PathOf(name));
            if (_names.Present.ContainsKey(name)) throw Error(DriveCall.Create, name, Errno.EEXIST);
            var inode = new Inode();
            var file = FileOf(name, inode, access, write: true); // a refusal leaves no name
            drive.State.ChangeName(_names, null, name, inode);
            return file;
        }
    }

    public ILogFile Open(string name, Access access, bool write)
    {
        Enter(DriveCall.Open, name);
        lock (drive.Gate)
        {
            drive.ThrowPlanned(DriveCall.Open, name, PathOf(name));
            return FileOf(name, Find(DriveCall.Open, name), access, write);
        }
    }

    public void Rename(string from, string to)
    {
        Enter(DriveCall.Rename, from);
        lock (drive.Gate)
        {
            drive.ThrowPlanned(DriveCall.Rename, from, PathOf(from));
            var inode = Find(DriveCall.Rename, from);
            if (_names.Present.ContainsKey(to)) throw Error(DriveCall.Rename, from, Errno.EEXIST);
            if (!drive.RenamesByLink)
            {
                drive.State.ChangeName(_names, from, to, inode);
                return;
            }
            drive.State.ChangeName(_names, null, to, inode);
        }
        Flush();
        lock (drive.Gate) drive.State.ChangeName(_names, from, null, Find(DriveCall.Delete, from));
        Flush();
    }

    public void Delete(string name)
    {
        Enter(DriveCall.Delete, name);
        lock (drive.Gate)
        {
            drive.ThrowPlanned(DriveCall.Delete, name, PathOf(name));
            drive.State.ChangeName(_names, name, null, Find(DriveCall.Delete, name));
        }
    }

    public bool IsSameFile(string name, string other)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (drive.Gate) return _names.Present.TryGetValue(name, out var inode) && _names.Present.GetValueOrDefault(other) == inode;
    }

    public void Flush()
    {
        var mark = Enter(DriveCall.DirectoryFlush, "");
        lock (drive.Gate)
        {
            drive.ThrowPlanned(DriveCall.DirectoryFlush, "", path);
            drive.State.FlushNames(_names, mark, driveWide: !drive.FlushIsPerFile);
        }
    }

    public IDisposable? TryLock(string name, string holder, out string currentHolder)
    {
        Enter(DriveCall.Lock, name);
        lock (drive.Gate)
        {
            drive.ThrowPlanned(DriveCall.Lock, name, PathOf(name));
            if (_names.Locks.TryGetValue(name, out var other))
            {
                currentHolder = other;
                return null;
            }
            if (!_names.Present.TryGetValue(name, out var inode)) drive.State.ChangeName(_names, null, name, inode = new Inode());
            drive.State.Truncate(inode, 0);
            drive.State.Write(inode, 0, Encoding.UTF8.GetBytes(holder), direct: false);
            _names.Locks[name] = currentHolder = holder;
            return new Held(drive, _names, name);
        }
    }

    public void Dispose() => _disposed = true;

    /// <summary>The name that a file has now, for messages and filters.</summary>
    internal string? NameOf(Inode inode)
    {
        foreach (var (name, present) in _names.Present)
            if (present == inode) return name;
        return null;
    }

    private SimulatedFile FileOf(string name, Inode inode, Access access, bool write)
    {
        var direct = access == Access.Segment && drive.IsDirect && settings.DirectIO != DirectIOMode.Off;
        if (!direct && access == Access.Segment && settings.DirectIO == DirectIOMode.Require)
            throw new DurableLogException($"The file system ({FileSystem}) refuses direct I/O on '{PathOf(name)}' (simulated).");
        return new SimulatedFile(drive, this, PathOf(name), inode, direct, access == Access.Segment ? 4096 : 1, write);
    }

    private long Enter(DriveCall call, string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return drive.Enter(call, name);
    }

    private Inode Find(DriveCall call, string name) =>
        _names.Present.TryGetValue(name, out var inode) ? inode : throw Error(call, name, Errno.ENOENT);

    private DurableIOException Error(DriveCall call, string name, int errno) =>
        SimulatedDrive.Error(SimulatedDrive.OperationOf(call), PathOf(name), -1, errno);

    private string PathOf(string name) => System.IO.Path.Combine(path, name);

    private sealed class Held(SimulatedDrive drive, Names names, string name) : IDisposable
    {
        private bool _released;

        public void Dispose()
        {
            lock (drive.Gate)
            {
                if (!_released) names.Locks.Remove(name);
                _released = true;
            }
        }
    }
}
