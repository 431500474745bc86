namespace DurableSink;

/// <summary>When an accepted event becomes durable, and what the return of a call means (DESIGN D1).</summary>
public enum FsyncPolicy
{
    /// <summary>A call returns when its event is durable: written, flushed, and reachable by a durable name.</summary>
    Always,

    /// <summary>A call returns when its event is accepted; a timer makes all accepted events durable at most one
    /// <see cref="DurableLogOptions.BatchWindow"/> and one commit later, also when no further event comes.</summary>
    Batch,

    /// <summary>A call returns when its event is accepted; it reaches the operating system and the drive within the
    /// window, and is flushed only by <see cref="DurableLog.FlushAsync"/>, at a roll, or when memory asks for it.</summary>
    Os,
}
