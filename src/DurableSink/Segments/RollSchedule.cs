namespace DurableSink.Segments;

/// <summary>
/// When a segment ends for its age: at <c>SegmentAge</c>, by a clock that never steps, and at the full UTC hour, so that objects prune by
/// hour. A wall clock that is set back to before the segment's beginning ends it too: its hour may never come.
/// </summary>
internal sealed class RollSchedule(DateTimeOffset opened, TimeSpan segmentAge, long timestamp)
{
    private static readonly TimeSpan Jitter = TimeSpan.FromMinutes(1); // clocks are corrected all the time

    private readonly DateTimeOffset _hour =
        new DateTimeOffset(opened.Ticks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, TimeSpan.Zero).AddHours(1);

    public static RollSchedule From(TimeProvider time, DateTimeOffset now, TimeSpan segmentAge) => new(now.ToUniversalTime(), segmentAge, time.GetTimestamp());

    /// <summary>The time left; zero or less when it is to end now.</summary>
    public TimeSpan Left(TimeProvider time)
    {
        var now = time.GetUtcNow();
        if (now < opened - Jitter) return TimeSpan.Zero;
        var age = segmentAge - time.GetElapsedTime(timestamp);
        var hour = _hour - now;
        return age < hour ? age : hour;
    }
}
