namespace DurableSink.Tooling.Reading;

/// <summary>A segment's file as it is listed; null for what cannot be told.</summary>
internal sealed record ListedSegment(
    string File, string State, long? First, long? Last, long? Events, DateTimeOffset? From, DateTimeOffset? To, long Bytes, bool IsShipped)
{
    public const string Sealed = "sealed";
    public const string Active = "active";
    public const string Unsealed = "no-seal"; // by its name it is sealed
    public const string Damaged = "damaged";

    public bool IsSetAside => State == Damaged;

    /// <summary>What follows the last event is not whole: a commit is being written, or it is torn, or damaged.</summary>
    public bool HasBrokenEnd { get; init; }
}
