namespace DurableSink.Tests.Commit;

/// <summary>A clock that stands still until it is moved. The log looks at it again when it is nudged.</summary>
internal sealed class FakeClock : TimeProvider
{
    private long _stepped; // of the wall clock alone
    private long _ticks = new DateTimeOffset(2026, 11, 20, 8, 0, 1, TimeSpan.Zero).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks) + Volatile.Read(ref _stepped), TimeSpan.Zero);

    public void Advance(TimeSpan span) => Interlocked.Add(ref _ticks, span.Ticks);

    /// <summary>Sets the wall clock forward or back, while no time passes.</summary>
    public void Step(TimeSpan span) => Interlocked.Add(ref _stepped, span.Ticks);
}
