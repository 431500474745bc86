using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>The file of a segment that is being written, or was until it is sealed.</summary>
internal sealed class ActiveSegment(ILogFile file, SegmentPlan plan, long room)
{
    public ILogFile File { get; } = file;

    public SegmentPlan Plan { get; } = plan;

    /// <summary>End of the blocks that commits have written. Guarded by the drive gate.</summary>
    public long Written { get; set; }

    /// <summary>How many commits that were. Used by the committer only.</summary>
    public long Commits { get; set; }

    /// <summary>Up to where newlines were written ahead, or blocks reserved. Guarded by the drive gate.</summary>
    public long Room { get; set; } = room;

    /// <summary>The keeper has been asked for more room.</summary>
    public bool WantsRoom { get; set; }
}
