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

    private readonly Action<Action> _onDrive;
    private readonly IDisposable _lock;

    private ShippedDirectory(ILogDirectory files, IDisposable heldLock, Action<Action> onDrive) => (Files, _lock, _onDrive) = (files, heldLock, onDrive);

    public ILogDirectory Files { get; }

    /// <param name="path">The directory.</param>
    /// <param name="storage">The drive it is on.</param>
    /// <param name="time">For what the lock says of its holder.</param>
    /// <param name="onDrive">Runs a flush so that it does not run beside one of the log's own, where that is open in this process (rule 1).</param>
    /// <exception cref="DurableLogException">There is no such directory, or another shipper has it.</exception>
    public static ShippedDirectory Open(string path, ILogStorage storage, TimeProvider time, Action<Action> onDrive)
    {
        var files = storage.OpenDirectory(path, Settings, create: false);
        try
        {
            var me = string.Create(CultureInfo.InvariantCulture,
                $"host {Environment.MachineName}, process {Environment.ProcessId}, since {time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}");
            var heldLock = files.TryLock(SegmentRetention.ShipMarker, me, out var holder) ?? throw new DurableLogException(
                $"Another shipper has the log directory '{files.Path}': {holder}. A directory has one shipper: stop the other one, or leave it to it.");
            var opened = new ShippedDirectory(files, heldLock, onDrive);
            try
            {
                onDrive(files.Flush); // from now on nobody else removes segments, whatever happens
                opened.CleanUp();
                return opened;
            }
            catch
            {
                heldLock.Dispose();
                throw;
            }
        }
        catch
        {
            files.Dispose();
            throw;
        }
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

    /// <summary>Removes a segment; its marker, if there is one, goes after it and may come back.</summary>
    public void Remove(SegmentName name, bool isMarked)
    {
        Files.Delete(name.Sealed);
        _onDrive(Files.Flush); // before the next goes (rule 11)
        if (isMarked) Files.Delete(name.Sealed + Listing.MarkSuffix);
    }

    /// <summary>Gives a segment a name under which it stands in nobody's way, and which nobody removes. Recovery goes on reading its numbers.</summary>
    public void SetAside(SegmentName name) => _onDrive(() =>
    {
        Files.Rename(name.Sealed, NameAside(name));
        Files.Flush();
    });

    public static string NameAside(SegmentName name) => name.Sealed + Listing.AsideSuffix;

    public void Dispose()
    {
        _lock.Dispose();
        Files.Dispose();
    }

    /// <summary>What a crash left.</summary>
    private void CleanUp()
    {
        var list = List();
        foreach (var spool in list.Spools) Files.Delete(spool);
        foreach (var stray in list.Marked.Except(list.Sealed)) Files.Delete(stray.Sealed + Listing.MarkSuffix);
    }
}
