namespace DurableSink.Bench.Running;

/// <summary>What a case stands for in a comparison.</summary>
internal enum Kind
{
    /// <summary>DurableSink.</summary>
    Ours,

    /// <summary>Another program, library or pattern that people use for the same purpose.</summary>
    Peer,

    /// <summary>Shown beside the others, and no peer: it promises less, or loses events.</summary>
    Other,

    /// <summary>What the drive or the framework costs by itself: nobody can do better.</summary>
    Limit,
}
