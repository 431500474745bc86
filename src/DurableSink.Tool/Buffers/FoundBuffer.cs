namespace DurableSink.Tooling.Buffers;

/// <summary>What becomes of a buffer that a process made for its accepted events.</summary>
internal enum BufferState
{
    /// <summary>A process holds it, or has its log open; or it is another user's.</summary>
    InUse,

    /// <summary>The next opening of its log makes its events durable.</summary>
    Restorable,

    /// <summary>Its log is there, and its events do not follow it: the next opening refuses them.</summary>
    Refused,

    /// <summary>Its log is there, and holds all that is in it.</summary>
    Needless,

    /// <summary>Its log is not where it was: nobody restores it, unless the log was moved and is opened there.</summary>
    Orphaned,
}

/// <summary>One run's buffer, which may be several files.</summary>
/// <param name="Name">The first file's name: <c>durablesink-LOGID-RUN</c>.</param>
/// <param name="State">What becomes of it.</param>
/// <param name="Directory">Where its log was; empty where that is not known.</param>
/// <param name="Events">Accepted events in it that its log does not hold; of one in use that cannot be told.</param>
/// <param name="Bytes">What it takes.</param>
/// <param name="Since">When the run began.</param>
/// <param name="IsRemoved">Whether it was removed just now.</param>
internal sealed record FoundBuffer(string Name, BufferState State, string Directory, long? Events, long Bytes, DateTimeOffset Since, bool IsRemoved = false);
