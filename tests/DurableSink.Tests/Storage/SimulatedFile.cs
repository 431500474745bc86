using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DurableSink.Storage;

namespace DurableSink.Tests.Storage;

/// <summary>An open file on a <see cref="SimulatedDrive"/>. A misaligned call on a direct one is a bug of ours and throws.</summary>
internal sealed class SimulatedFile : ILogFile
{
    private readonly SimulatedDrive _drive;
    private readonly SimulatedDirectory _directory;
    private readonly Inode _inode;
    private readonly bool _writable;
    private bool _disposed;

    public SimulatedFile(
        SimulatedDrive drive, SimulatedDirectory directory, string path, Inode inode, bool isDirect, int alignment, bool writable)
    {
        (_drive, _directory, _inode, _writable) = (drive, directory, inode, writable);
        (Path, IsDirect, Alignment) = (path, isDirect, alignment);
        drive.State.Opened(inode);
    }

    public string Path { get; set; }
    public bool IsDirect { get; }
    public int Alignment { get; }

    public long Length
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            lock (_drive.Gate) return _inode.Present.Length;
        }
    }

    public bool IsLinked
    {
        get
        {
            lock (_drive.Gate) return _directory.NameOf(_inode) != null;
        }
    }

    // The name as it is now: a test that waits for a name means the one that stands in the directory.
    private string Name
    {
        get
        {
            lock (_drive.Gate) return _directory.NameOf(_inode) ?? System.IO.Path.GetFileName(Path);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        CheckAligned(offset, bytes);
        Enter(DriveCall.Write, offset, bytes.Length);
        if (bytes.IsEmpty) return;
        lock (_drive.Gate) Put(DriveCall.Write, offset, bytes);
    }

    public bool TryWriteDurable(long offset, ReadOnlySpan<byte> bytes)
    {
        if (!_drive.SupportsDurableWrites) return false;
        if (bytes.IsEmpty) throw new ArgumentException("An empty write makes nothing durable.", nameof(bytes));
        CheckAligned(offset, bytes);
        var mark = Enter(DriveCall.WriteDurable, offset, bytes.Length);
        lock (_drive.Gate)
        {
            var written = Put(DriveCall.WriteDurable, offset, bytes);
            if (!_drive.ForceUnitAccess) _drive.State.FlushData(_inode, mark, driveWide: !_drive.FlushIsPerFile);
            _drive.State.HardenOnly(_inode, written);
        }
        return true;
    }

    public void Flush()
    {
        var mark = Enter(DriveCall.Flush);
        lock (_drive.Gate)
        {
            _drive.ThrowPlanned(DriveCall.Flush, Name, Path);
            _drive.State.FlushData(_inode, mark, driveWide: !_drive.FlushIsPerFile);
        }
    }

    public void FlushAll()
    {
        var mark = Enter(DriveCall.FlushAll);
        lock (_drive.Gate)
        {
            _drive.ThrowPlanned(DriveCall.FlushAll, Name, Path);
            _drive.State.FlushAll(_inode, mark, driveWide: !_drive.FlushIsPerFile);
        }
    }

    public int Read(long offset, Span<byte> into)
    {
        CheckAligned(offset, into);
        Enter(DriveCall.Read, offset, into.Length);
        lock (_drive.Gate)
        {
            _drive.ThrowPlanned(DriveCall.Read, Name, Path, offset);
            return _inode.Present.Read(offset, into);
        }
    }

    public void Truncate(long length)
    {
        Enter(DriveCall.Truncate, length);
        lock (_drive.Gate)
        {
            _drive.ThrowPlanned(DriveCall.Truncate, Name, Path, length);
            CheckWritable(DriveCall.Truncate, length);
            if (length > _inode.Present.Length) throw new ArgumentOutOfRangeException(nameof(length), length, "A cut never grows a file.");
            _drive.State.Truncate(_inode, length);
        }
    }

    public bool TryReserve(long offset, long length)
    {
        Enter(DriveCall.Reserve, offset);
        lock (_drive.Gate)
        {
            _drive.ThrowPlanned(DriveCall.Reserve, Name, Path, offset);
            CheckWritable(DriveCall.Reserve, offset);
            if (!_drive.SupportsReserve) return false;
            var more = Math.Max(0, offset + length - _inode.Room);
            if (more > _drive.CapacityBytes - _drive.State.UsedBytes) throw Error(DriveCall.Reserve, offset, Errno.ENOSPC);
            _inode.Reserved = Math.Max(_inode.Reserved, offset + length);
            return true;
        }
    }

    public void DropCache()
    {
        Enter(DriveCall.DropCache);
        lock (_drive.Gate)
        {
            _drive.ThrowPlanned(DriveCall.DropCache, Name, Path);
            _drive.State.ReadFromDrive(_inode);
        }
    }

    public void Dispose()
    {
        lock (_drive.Gate)
        {
            if (!_disposed) _drive.State.Closed(_inode);
            _disposed = true;
        }
    }

    private IReadOnlyList<Change> Put(DriveCall call, long offset, ReadOnlySpan<byte> bytes)
    {
        CheckWritable(call, offset);
        if (_drive.TakeFault(call, Name) is { } fault)
        {
            var sectors = (bytes.Length + Sectors.Size - 1) / Sectors.Size;
            _drive.State.Write(_inode, offset, _drive.LeftBy(fault.Tear, bytes), IsDirect, _drive.SectorsOf(fault.Tear, sectors));
            if (fault.LoseUnflushed) _drive.State.LoseData(_drive.ReadsShowLostData);
            throw fault.Errno == 0 ? Short(call, offset, bytes.Length, "some") : Error(call, offset, fault.Errno);
        }
        if (_drive.CapacityBytes == long.MaxValue) return _drive.State.Write(_inode, offset, bytes, IsDirect);
        var free = _drive.CapacityBytes - _drive.State.UsedBytes + Math.Max(0, _inode.Room - offset);
        if (free >= bytes.Length) return _drive.State.Write(_inode, offset, bytes, IsDirect);
        var fits = (int)(Math.Max(0, free) / 4096 * 4096);
        if (fits == 0) throw Error(call, offset, Errno.ENOSPC);
        _drive.State.Write(_inode, offset, bytes[..fits], IsDirect);
        throw Error(call, offset + fits, Errno.ENOSPC);
    }

    private long Enter(DriveCall call, long offset = -1, int length = 0)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _drive.Enter(call, Name, offset, length);
    }

    private void CheckWritable(DriveCall call, long offset)
    {
        if (!_writable) throw Error(call, offset, Errno.EBADF);
    }

    private unsafe void CheckAligned(long offset, ReadOnlySpan<byte> bytes)
    {
        if (!IsDirect) return;
        var address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));
        if (offset % Alignment == 0 && bytes.Length % Alignment == 0 && (bytes.IsEmpty || address % (nuint)Alignment == 0)) return;
        throw new InvalidOperationException(
            $"Direct I/O on '{Path}' at {offset}, {bytes.Length} bytes from memory at 0x{address:x}: not multiples of {Alignment}.");
    }

    private DurableIOException Error(DriveCall call, long offset, int errno, string? reason = null) =>
        SimulatedDrive.Error(SimulatedDrive.OperationOf(call), Path, offset, errno, reason);

    private DurableIOException Short(DriveCall call, long offset, int length, string written) =>
        Error(call, offset, 0, $"short write: {written} of {length} bytes");
}
