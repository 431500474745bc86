namespace SegmentShipper.Tests.Digests;

/// <summary>The machine's clock, moved as a test says. Waiting is the machine's.</summary>
internal sealed class SettableTime : TimeProvider
{
    public static DateTimeOffset Start { get; } = new(2026, 11, 20, 8, 30, 0, TimeSpan.Zero);

    public DateTimeOffset Now { get; set; } = Start;

    public override DateTimeOffset GetUtcNow() => Now;
}
