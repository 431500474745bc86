using DurableSink;
using DurableSink.Segments;

namespace SegmentShipper.Local;

/// <summary>A log's directory at one moment, to be read without waiting for anybody.</summary>
/// <param name="Waiting">What is to be shipped, in log order.</param>
/// <param name="WaitingBytes">Its bytes.</param>
/// <param name="WaitingSince">When the oldest of it was sealed; null where there is none.</param>
/// <param name="OldestActive">The first number in a segment that is not sealed; the greatest there is where there is none.</param>
/// <param name="Through">All events up to this number are in the store, but for <paramref name="Lost"/>.</param>
/// <param name="Shipped">Segments seen verified.</param>
/// <param name="Aside">Segments set aside, or to be.</param>
/// <param name="Dropped">Segments removed without having been shipped.</param>
/// <param name="Lost">Events that will not come into the store as things stand, and why.</param>
internal sealed record Snapshot(
    IReadOnlyList<SegmentName> Waiting, long WaitingBytes, DateTimeOffset? WaitingSince, long OldestActive, long Through, long Shipped, long Aside,
    long Dropped, IReadOnlyList<(SequenceRange Range, string Why)> Lost)
{
    /// <summary>Whether the event stands in a segment that is being written.</summary>
    public bool IsBeingWritten(long sequence) => OldestActive <= sequence;

    /// <summary>Why the event is not in the store and will not be; null where it is, or may come to be.</summary>
    public string? LossOf(long sequence)
    {
        foreach (var (range, why) in Lost)
            if (sequence >= range.First && sequence <= range.Last) return why;
        return null;
    }

    public ShippingStatus ToStatus(DateTimeOffset now, string? lastFailure) => new()
    {
        UnshippedSegments = Waiting.Count,
        UnshippedBytes = WaitingBytes,
        OldestUnshipped = WaitingSince is { } since && now > since ? now - since : TimeSpan.Zero,
        ShippedSequence = Through,
        Shipped = Shipped,
        SetAside = Aside,
        Dropped = Dropped,
        LastFailure = lastFailure,
    };
}
