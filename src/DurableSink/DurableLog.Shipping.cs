namespace DurableSink;

/// <summary>For a shipper of this log's directory.</summary>
public sealed partial class DurableLog
{
    private string? _hold; // why no more events are taken

    /// <summary>Runs a flush of the directory, alone: it must not run beside one of ours (rule 1).</summary>
    internal void RunOnDrive(Action work) => _gate.Run(Directory, work);

    /// <summary>No more events are accepted, for the reason given, until called with null.</summary>
    internal void Hold(string? why) => Volatile.Write(ref _hold, why);

    /// <summary>The shipper has removed, or set aside, a sealed segment: it is not counted any more.</summary>
    internal void SegmentRemoved() => _keeper.RemovedElsewhere();

    private void ThrowIfHeld()
    {
        if (Volatile.Read(ref _hold) is { } hold) throw new DurableLogFullException(hold);
    }
}
