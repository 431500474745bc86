using DurableSink.Tests.Events;

namespace DurableSink.Tests.Logging;

/// <summary>A clock that moves when it is told to.</summary>
internal sealed class FixedTime : TimeProvider
{
    private DateTimeOffset _now = Body.Now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public void Advance(TimeSpan time) => _now += time;
}
