using System.IO.Hashing;
using System.Runtime.InteropServices;
using DurableSink.Storage;

namespace DurableSink.Tests.Storage;

/// <summary>
/// A drive in memory that forgets at a power cut what was not flushed, and fails on demand. Thread-safe; deterministic where its
/// callers are. <see cref="PowerCut"/> and <see cref="ProcessCrash"/> return another drive and leave this one as it is, so that many cuts
/// can be tried at one moment. A flush covers what was done before it began, not what came while it ran.
/// </summary>
internal sealed class SimulatedDrive : ILogStorage
{
    private readonly DriveState _state;
    private readonly DriveFaults _faults = new();
    private readonly Lazy<Random> _random; // most drives are one image of many, and ask for no chance
    private readonly SimulatedMemory _memory;

    public SimulatedDrive(int seed = 0) : this(new DriveState(), new SimulatedMemory(), seed) { }

    private SimulatedDrive(DriveState state, SimulatedMemory memory, int seed)
    {
        _memory = memory;
        _state = state;
        _random = new(() => new Random(seed), isThreadSafe: false); // under the gate
    }

    public event DriveCallObserver? Called;

    /// <summary>A durable write hardens only its own sectors (rule 2). Else it flushes like <see cref="ILogFile.Flush"/>.</summary>
    public bool ForceUnitAccess { get; set; }

    /// <summary>A flush hardens only its own file or directory; else also what was written directly to the drive before.</summary>
    public bool FlushIsPerFile { get; set; }

    /// <summary>Whether segments are direct, and misaligned calls on them are bugs.</summary>
    public bool IsDirect { get; set; } = true;

    public bool SupportsDurableWrites { get; set; } = true;
    public bool SupportsReserve { get; set; } = true;

    /// <summary>Renames by link and unlink, as where RENAME_NOREPLACE is missing (rule 8).</summary>
    public bool RenamesByLink { get; set; }

    /// <summary>Data lost by a failed flush is read until the cut, or <see cref="ILogFile.DropCache"/>, as from a page cache.</summary>
    public bool ReadsShowLostData { get; set; }

    /// <summary>Whether there is memory that outlives a process.</summary>
    public bool HasSharedMemory { get; set; } = true;

    /// <summary>What of it is there.</summary>
    public SimulatedMemory SharedMemory => _memory;

    public string? BootId => "boot";

    public string FileSystem { get; set; } = "simulated";
    public bool WritesInPlace { get; set; } = true;
    public bool IsNetwork { get; set; }

    /// <summary>The drive's size. A write that only fits in part ends in ENOSPC all the same.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>A name that the next listing misses, as one may that is renamed meanwhile.</summary>
    public string? MissedByNextList { get; set; }

    /// <summary>What the drive says is free. By default so little that no reserve is taken.</summary>
    public long FreeBytes { get; set; }

    public long UsedBytes
    {
        get
        {
            lock (Gate) return _state.UsedBytes;
        }
    }

    internal Lock Gate { get; } = new();
    internal DriveState State => _state;

    /// <summary>
    /// Lets calls fail: <paramref name="count"/> of them, after <paramref name="skip"/> that pass, of those whose file is named so.
    /// Errno 0 on a write is a short write. A flush that fails with <paramref name="loseUnflushed"/> loses all unflushed data of the
    /// drive, once (fsyncgate: the next flush succeeds); without it, that data stays unflushed.
    /// </summary>
    public void FailNext(
        DriveCall call, int errno, int count = 1, Func<string, bool>? name = null, int skip = 0,
        Tear tear = Tear.Nothing, bool loseUnflushed = false)
    {
        lock (Gate) _faults.Plan(new(call, errno, name, tear, loseUnflushed) { Count = count, Skip = skip });
    }

    /// <summary>Calls off the failures that have not happened.</summary>
    public void FailNoMore()
    {
        lock (Gate) _faults.Clear();
    }

    public int Calls(DriveCall call)
    {
        lock (Gate) return _faults.Calls(call);
    }

    /// <summary>The drive as it is after the power came back.</summary>
    public SimulatedDrive PowerCut(CutMode mode, int seed)
    {
        lock (Gate)
        {
            var state = _state.Clone();
            state.Cut(mode, new Random(seed));
            return After(state, new SimulatedMemory(), seed);
        }
    }

    /// <summary>The drive as another process finds it: all content there, unflushed as before, no lock held.</summary>
    public SimulatedDrive ProcessCrash()
    {
        lock (Gate) return After(_state.Clone(), _memory.Clone(), _random.Value.Next());
    }

    /// <summary>Of all that a process finds here. Where two images have the same, whoever starts on them does the same; a cut tells them apart
    /// only where something is unflushed.</summary>
    public UInt128 Fingerprint()
    {
        var hash = new XxHash128();
        lock (Gate) _state.AddTo(hash);
        _memory.AddTo(hash);
        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>What rm -r does to a directory, under the feet of whoever has it open. Durable at once.</summary>
    public void RemoveDirectory(string path)
    {
        lock (Gate)
        {
            var names = NamesAt(path)!;
            foreach (var name in names.Present.Keys.ToList()) Remove(names, name);
            _state.FlushNames(names, _state.Mark, driveWide: false);
            _state.Directories.Remove(path);
        }
    }

    /// <summary>What rm does to a file.</summary>
    public void Remove(string path)
    {
        lock (Gate) Remove(NamesAt(Path.GetDirectoryName(path)!)!, Path.GetFileName(path));
    }

    /// <summary>The present content of a file, by its full path; null where there is none.</summary>
    public byte[]? Bytes(string path) => Snapshot(path) is { } content ? content.Get(0, checked((int)content.Length)) : null;

    /// <summary>The same, as pages that are shared with other states of the drive.</summary>
    public Content? Snapshot(string path)
    {
        lock (Gate) return NamesAt(Path.GetDirectoryName(Path.GetFullPath(path))!)?.Present.GetValueOrDefault(Path.GetFileName(path))?.Present.Clone();
    }

    /// <summary>Puts a file there, or other bytes into one, durably: for a test's own damage.</summary>
    public void Plant(string path, ReadOnlySpan<byte> bytes)
    {
        lock (Gate)
        {
            var names = MakeDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var name = Path.GetFileName(path);
            if (!names.Present.TryGetValue(name, out var inode)) _state.ChangeName(names, null, name, inode = new Inode());
            if (inode.Present.Length > bytes.Length) _state.Truncate(inode, bytes.Length);
            if (!bytes.IsEmpty) _state.Write(inode, 0, bytes, direct: false);
            _state.FlushAll(inode, _state.Mark, driveWide: false);
            _state.FlushNames(names, _state.Mark, driveWide: false);
        }
    }

    public ILogDirectory OpenDirectory(string path, DirectorySettings settings, bool create)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        Enter(DriveCall.OpenDirectory, path);
        lock (Gate)
        {
            ThrowPlanned(DriveCall.OpenDirectory, path, path);
            // Directories are durable at once: flushing their parents is this call's own duty (rule 5).
            var names = create ? MakeDirectory(path) : NamesAt(path) ?? throw Error("openat", path, -1, Errno.ENOENT);
            return new SimulatedDirectory(this, path, names, settings);
        }
    }

    public ISharedMemory OpenSharedMemory(string path) =>
        HasSharedMemory ? _memory : throw Error("openat", path, -1, Errno.ENOENT);

    /// <summary>Counts a call and shows it to the observer. Returns the mark up to which a flush that begins now covers changes.</summary>
    internal long Enter(DriveCall call, string name, long offset = -1, int length = 0)
    {
        long mark;
        lock (Gate)
        {
            _faults.Count(call);
            mark = _state.Mark;
        }
        Called?.Invoke(call, name, offset, length);
        return mark;
    }

    internal PlannedFault? TakeFault(DriveCall call, string name) => _faults.Take(call, name);

    internal void ThrowPlanned(DriveCall call, string name, string path, long offset = -1)
    {
        if (_faults.Take(call, name) is not { } fault) return;
        if (fault.LoseUnflushed) _state.LoseData(ReadsShowLostData);
        throw Error(OperationOf(call), path, offset, fault.Errno);
    }

    /// <summary>What a failing write leaves in those sectors.</summary>
    internal ReadOnlySpan<byte> LeftBy(Tear tear, ReadOnlySpan<byte> bytes)
    {
        if (tear != Tear.Garbage) return bytes;
        var garbage = new byte[bytes.Length];
        _random.Value.NextBytes(garbage);
        return garbage;
    }

    /// <summary>Which sectors of a failing write reach the drive.</summary>
    internal Func<int, bool> SectorsOf(Tear tear, int sectors)
    {
        var some = _random.Value.Next(sectors);
        return tear switch
        {
            Tear.Prefix => i => i < some,
            Tear.RandomSectors => _ => _random.Value.Next(2) == 0,
            Tear.Everything or Tear.Garbage => _ => true,
            _ => _ => false,
        };
    }

    internal static DurableIOException Error(string operation, string path, long offset, int errno, string? reason = null) =>
        new(operation, path, offset, errno, (reason ?? Marshal.GetPInvokeErrorMessage(errno)) + " (simulated)");

    internal static string OperationOf(DriveCall call) => call switch
    {
        DriveCall.Write => "pwrite",
        DriveCall.WriteDurable => "pwritev2",
        DriveCall.Flush => "fdatasync",
        DriveCall.FlushAll or DriveCall.DirectoryFlush => "fsync",
        DriveCall.Read => "pread",
        DriveCall.Rename => "renameat2",
        DriveCall.Delete => "unlinkat",
        DriveCall.Truncate => "ftruncate",
        DriveCall.Reserve => "fallocate",
        DriveCall.List => "readdir",
        DriveCall.Lock => "flock",
        DriveCall.DropCache => "posix_fadvise",
        _ => "openat",
    };

    private void Remove(Names names, string name) => _state.ChangeName(names, name, null, names.Present[name]);

    private Names? NamesAt(string path) => _state.Directories.GetValueOrDefault(path);

    internal Names MakeDirectory(string path)
    {
        if (Path.GetDirectoryName(path) is { } parent) MakeDirectory(parent);
        if (!_state.Directories.TryGetValue(path, out var names)) _state.Directories[path] = names = new Names();
        return names;
    }

    private SimulatedDrive After(DriveState state, SimulatedMemory memory, int seed) => new(state, memory, seed)
    {
        HasSharedMemory = HasSharedMemory,
        ForceUnitAccess = ForceUnitAccess,
        FlushIsPerFile = FlushIsPerFile,
        IsDirect = IsDirect,
        SupportsDurableWrites = SupportsDurableWrites,
        SupportsReserve = SupportsReserve,
        RenamesByLink = RenamesByLink,
        ReadsShowLostData = ReadsShowLostData,
        FileSystem = FileSystem,
        WritesInPlace = WritesInPlace,
        IsNetwork = IsNetwork,
        CapacityBytes = CapacityBytes,
    };
}

/// <summary>The error numbers that the simulated drive reports by itself, and that tests ask for.</summary>
internal static class Errno
{
    public const int ENOENT = 2;
    public const int EIO = 5;
    public const int EBADF = 9;
    public const int EEXIST = 17;
    public const int ENOSPC = 28;
}
