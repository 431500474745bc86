namespace DurableSink.Tests.Storage;

/// <summary>The calls of the storage seam: to be counted, observed and made to fail.</summary>
internal enum DriveCall
{
    OpenDirectory,
    List,
    Create,
    Open,
    Rename,
    Delete,
    DirectoryFlush,
    Lock,
    Write,
    WriteDurable,
    Flush,
    FlushAll,
    Read,
    Truncate,
    Reserve,
    DropCache,
}

/// <summary>What of a failing write reaches the drive all the same.</summary>
internal enum Tear
{
    Nothing,
    Prefix,
    RandomSectors,
    Everything,

    /// <summary>All of it becomes neither what it was nor what was written: what a failed write leaves is undefined (rule 3).</summary>
    Garbage,
}

/// <summary>A failure planned for some calls to come.</summary>
internal sealed record PlannedFault(DriveCall Call, int Errno, Func<string, bool>? Name, Tear Tear, bool LoseUnflushed)
{
    public int Skip { get; set; }
    public int Count { get; set; }
}

/// <summary>Sees a call before it is made, outside every lock: it may block it, look, or cut the power.</summary>
internal delegate void DriveCallObserver(DriveCall call, string name, long offset, int length);

/// <summary>The failures to come, and how often each call was made.</summary>
internal sealed class DriveFaults
{
    private readonly List<PlannedFault> _planned = [];
    private readonly int[] _calls = new int[Enum.GetValues<DriveCall>().Length];

    public void Plan(PlannedFault fault) => _planned.Add(fault);

    public void Clear() => _planned.Clear();

    public void Count(DriveCall call) => _calls[(int)call]++;

    public int Calls(DriveCall call) => _calls[(int)call];

    public PlannedFault? Take(DriveCall call, string name)
    {
        foreach (var fault in _planned)
        {
            if (fault.Call != call || fault.Name?.Invoke(name) == false) continue;
            if (fault.Skip-- > 0) continue;
            if (--fault.Count <= 0) _planned.Remove(fault);
            return fault;
        }
        return null;
    }
}
