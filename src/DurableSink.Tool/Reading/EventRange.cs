namespace DurableSink.Tooling.Reading;

/// <summary>What is asked for by number and time; all ends inclusive.</summary>
internal sealed record EventRange(long First, long Last, DateTimeOffset Since, DateTimeOffset Until)
{
    public static EventRange All { get; } = new(1, long.MaxValue, DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

    public bool HasTime => Since != DateTimeOffset.MinValue || Until != DateTimeOffset.MaxValue;

    public bool Contains(long sequence, DateTimeOffset time) => sequence >= First && sequence <= Last && time >= Since && time <= Until;
}
