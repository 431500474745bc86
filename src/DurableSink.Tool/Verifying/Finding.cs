namespace DurableSink.Tooling.Verifying;

/// <summary>What a finding is about, from harmless to bad.</summary>
internal enum FindingKind
{
    /// <summary>To be known; no verdict follows from it.</summary>
    Note,

    /// <summary>The end of a segment that a crash left: never acknowledged, the next opening cuts it.</summary>
    Torn,

    /// <summary>What is there is not what was written.</summary>
    Damaged,

    /// <summary>Events are not there, or not readable.</summary>
    Missing,
}

/// <summary>One thing that verify has to say.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="File">The file; empty where it is about the log.</param>
/// <param name="Text">In words, with offset or numbers.</param>
internal sealed record Finding(FindingKind Kind, string File, string Text)
{
    /// <summary>Where in the file; null where it is about all of it.</summary>
    public long? Offset { get; init; }

    /// <summary>The events; null where it is not about some.</summary>
    public SequenceRange? Events { get; init; }
}
