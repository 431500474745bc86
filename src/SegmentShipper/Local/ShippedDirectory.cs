using System.Globalization;
using DurableSink;
using DurableSink.Segments;
using DurableSink.Storage;

namespace SegmentShipper.Local;

/// <summary>
/// A log's directory as its only remover sees it. The file <c>SHIP</c> in it says that there is one, and is its lock. Each change is durable when
/// its method returns.
/// </summary>
internal sealed class ShippedDirectory : IDisposable
{
    private static readonly DirectorySettings Settings = new(
        DirectIOMode.Auto, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, default);

    private const int MostOfNote = 4096;

    private readonly ILogStorage _storage;
    private readonly TimeProvider _time;
    private readonly Action<Action> _onDrive;
    private IDisposable _lock;

    private ShippedDirectory(string path, ILogStorage storage, TimeProvider time, Action<Action> onDrive)
    {
        (_storage, _time, _onDrive) = (storage, time, onDrive);
        (Files, _lock) = OpenAndLock(path);
    }

    public ILogDirectory Files { get; private set; }

    /// <summary>Told of each segment that is none any more.</summary>
    public Action? Removed { get; init; }

    /// <param name="path">The directory.</param>
    /// <param name="storage">The drive it is on.</param>
    /// <param name="time">For what the lock says of its holder.</param>
    /// <param name="onDrive">Runs a flush so that it does not run beside one of the log's own, where that is open in this process (rule 1).</param>
    /// <param name="removed">Told of each segment that is none any more.</param>
    /// <exception cref="DurableLogException">There is no such directory, or another shipper has it.</exception>
    public static ShippedDirectory Open(string path, ILogStorage storage, TimeProvider time, Action<Action> onDrive, Action? removed)
    {
        var opened = new ShippedDirectory(path, storage, time, onDrive) { Removed = removed };
        try
        {
            opened.Begin();
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Somebody may have removed the directory, and its log made it anew: from then on that one is shipped.</summary>
    public void Restore()
    {
        if (!Files.IsRemoved) return;
        var (files, heldLock) = OpenAndLock(Files.Path);
        Dispose();
        (Files, _lock) = (files, heldLock);
        Begin();
    }

    public Listing List() => new(new SegmentList(Files), Files.List());

    public long LengthOf(SegmentName name)
    {
        using var file = Files.Open(name.Sealed, Access.Plain, write: false);
        return file.Length;
    }

    /// <summary>What the last line of a sealed file, or of one set aside, says; null where it is no seal.</summary>
    public SegmentSeal? SealOf(string fileName)
    {
        using var file = Files.Open(fileName, Access.Segment, write: false);
        return SealReader.Read(file);
    }

    /// <summary>Makes the marker of each.</summary>
    public void Mark(IReadOnlyCollection<SegmentName> names)
    {
        if (names.Count == 0) return;
        foreach (var name in names) Files.Create(name.Sealed + Listing.MarkSuffix, Access.Plain).Dispose();
        _onDrive(Files.Flush);
    }

    /// <summary>Makes files beside segments that are about to go; some of them where there is no room for all.</summary>
    /// <returns>The names of those that were made.</returns>
    public HashSet<string> WriteNotes(IReadOnlyList<(string Name, byte[] Bytes)> notes)
    {
        var there = Files.List().ToHashSet(StringComparer.Ordinal);
        var written = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (var (name, bytes) in notes)
            {
                using var file = there.Contains(name) ? Files.Open(name, Access.Plain, write: true) : Files.Create(name, Access.Plain);
                file.Write(0, bytes); // the same again, where an attempt before came this far
                _onDrive(file.FlushAll);
                written.Add(name);
            }
        }
        catch (DurableIOException full) when (full.IsNoRoom)
        {
            // What was shipped is to leave a full drive.
        }

        _onDrive(Files.Flush);
        return written;
    }

    /// <summary>Null where it cannot be read.</summary>
    public byte[]? ReadNote(string name)
    {
        using var file = Files.Open(name, Access.Plain, write: false);
        var bytes = new byte[Math.Min(file.Length, MostOfNote)];
        return file.Read(0, bytes) == file.Length ? bytes : null;
    }

    public void RemoveNotes(IReadOnlyCollection<string> names)
    {
        if (names.Count == 0) return;
        foreach (var name in names) Files.Delete(name);
        _onDrive(Files.Flush);
    }

    /// <summary>Removes a segment; its marker, if there is one, goes after it and may come back.</summary>
    public void Remove(SegmentName name, bool isMarked)
    {
        Files.Delete(name.Sealed);
        _onDrive(Files.Flush); // before the next goes (rule 11)
        Removed?.Invoke();
        if (isMarked) Files.Delete(name.Sealed + Listing.MarkSuffix);
    }

    /// <summary>Gives a segment a name under which it stands in nobody's way, and which nobody removes. Recovery goes on reading its numbers.</summary>
    public void SetAside(SegmentName name) => _onDrive(() =>
    {
        Files.Rename(name.Sealed, NameAside(name));
        Files.Flush();
        Removed?.Invoke();
    });

    public static string NameAside(SegmentName name) => name.Sealed + Listing.AsideSuffix;

    public void Dispose()
    {
        _lock.Dispose();
        Files.Dispose();
    }

    private (ILogDirectory Files, IDisposable Lock) OpenAndLock(string path)
    {
        var files = _storage.OpenDirectory(path, Settings, create: false);
        try
        {
            var me = string.Create(CultureInfo.InvariantCulture,
                $"host {Environment.MachineName}, process {Environment.ProcessId}, since {_time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}");
            return (files, files.TryLock(SegmentRetention.ShipMarker, me, out var holder) ?? throw new DurableLogException(
                $"Another shipper has the log directory '{files.Path}': {holder}. A directory has one shipper: stop the other one, or leave it to it."));
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>From now on nobody else removes segments, whatever happens; and what a crash left goes.</summary>
    private void Begin()
    {
        _onDrive(Files.Flush);
        var list = List();
        foreach (var spool in list.Spools) Files.Delete(spool);
        foreach (var stray in list.Marked.Except(list.Sealed)) Files.Delete(stray.Sealed + Listing.MarkSuffix);
    }
}
