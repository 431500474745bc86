namespace DurableSink;

/// <summary>What opening a log found, and what it did about it (D5).</summary>
public sealed class RecoveryReport
{
    /// <summary>The segments that another run had left unfinished, in log order; empty after a clean close.</summary>
    public required IReadOnlyList<RecoveredSegment> Segments { get; init; }

    /// <summary>Events that the last run had accepted and not made durable when its process ended, and that were taken from its memory
    /// (<see cref="DurableLogOptions.BufferDirectory"/>): the last ones of the log.</summary>
    public long Restored { get; private init; }

    /// <summary>The last sequence number in the log; 0 for an empty one.</summary>
    public required long LastSequence { get; init; }

    /// <summary>Sequence numbers that are missing for good (damage), each range inclusive.</summary>
    public required IReadOnlyList<SequenceRange> Missing { get; init; }

    /// <summary>Spares of another run that were deleted.</summary>
    public required int SparesDeleted { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Whether the last run closed the log cleanly: nothing had to be finished, cut, set aside or
    /// restored.</summary>
    public bool IsClean => Segments.Count == 0 && Restored == 0;

    internal RecoveryReport With(long restored, long last) => new()
    {
        Segments = Segments,
        LastSequence = last,
        Missing = Missing,
        SparesDeleted = SparesDeleted,
        Duration = Duration,
        Restored = restored,
    };
}

/// <summary>A range of sequence numbers, both ends inclusive.</summary>
public readonly record struct SequenceRange(long First, long Last);

/// <summary>What became of a segment that another run left.</summary>
public enum RecoveryOutcome
{
    /// <summary>Whole: sealed as it was.</summary>
    Sealed,

    /// <summary>A tail that was never acknowledged was cut (a copy is in a <c>.damaged</c> file where it held anything); sealed.</summary>
    Cut,

    /// <summary>Its end was superseded by a later segment that holds the same events: cut there; sealed.</summary>
    Superseded,

    /// <summary>Damaged: whole lines were salvaged into a new sealed segment, the original is set aside as <c>.damaged</c>.</summary>
    Salvaged,

    /// <summary>Nothing in it was readable or needed: set aside as <c>.damaged</c>.</summary>
    SetAside,

    /// <summary>It could not be sealed now (the reason is in <see cref="RecoveredSegment.Detail"/>); the next opening tries again.</summary>
    Left,
}

/// <summary>One segment that recovery dealt with.</summary>
/// <param name="Name">Its file name as it was found.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="FirstSequence">The first sequence number in it.</param>
/// <param name="LastSequence">The last sequence number kept; one less than the first when none.</param>
/// <param name="BytesCut">Bytes other than filler that were taken out of the log (and kept in a <c>.damaged</c> file).</param>
/// <param name="Detail">In words: what was found at which offset.</param>
public sealed record RecoveredSegment(
    string Name, RecoveryOutcome Outcome, long FirstSequence, long LastSequence, long BytesCut, string Detail)
{
    /// <summary>Whether nothing in it was damaged, and nothing is left to do.</summary>
    internal bool IsWhole => Outcome is RecoveryOutcome.Sealed or RecoveryOutcome.Cut or RecoveryOutcome.Superseded;
}
