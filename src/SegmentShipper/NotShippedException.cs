using DurableSink;

namespace SegmentShipper;

/// <summary>An event is durable on the disk, or was, but is not in the store and will not be without an operator. <see cref="DurableLogException.Sequence"/>
/// is its number.</summary>
public sealed class NotShippedException : DurableLogException
{
    /// <summary>Makes the exception.</summary>
    public NotShippedException(long sequence, string why) : base($"Event {sequence} is not in the store: {why}") => Sequence = sequence;
}
