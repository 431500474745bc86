namespace DurableSink;

/// <summary>How a log does at one moment (<see cref="DurableLog.GetStatus"/>).</summary>
public sealed record DurableLogStatus
{
    /// <summary>Full path of the directory in use.</summary>
    public required string Directory { get; init; }

    /// <summary>The number of the last event that was accepted.</summary>
    public required long LastSequence { get; init; }

    /// <summary>All events up to this number are durable (D1).</summary>
    public required long DurableSequence { get; init; }

    /// <summary>Callers who wait until their events are durable.</summary>
    public required long Waiters { get; init; }

    /// <summary>Bytes of the lines in memory that no flush has covered yet, of <see cref="DurableLogOptions.BufferBytes"/> at most.</summary>
    public required long BufferedBytes { get; init; }

    /// <summary>Segments that are being written, or wait to be sealed.</summary>
    public required long ActiveSegments { get; init; }

    /// <summary>Sealed segments in the directory.</summary>
    public required long SealedSegments { get; init; }

    /// <summary>Whether segments bypass the page cache (D10).</summary>
    public required bool IsDirectIO { get; init; }

    /// <summary>Why nothing becomes durable, or nothing is accepted, at present: the drive is full, fails or does not answer, a shipper holds
    /// the log, or it is closed. Null while it works.</summary>
    public required string? Failure { get; init; }

    /// <summary>What was told and is not over: a slow drive, events that are dropped, a segment that cannot be sealed, a fallback that was taken.</summary>
    public required IReadOnlyList<DurableNotice> Notices { get; init; }
}
