namespace DurableSink.Segments;

/// <summary>When segments end for their age: at <c>SegmentAge</c>, and at each full UTC hour, so that objects prune by hour.</summary>
internal static class RollSchedule
{
    public static DateTimeOffset RollAt(DateTimeOffset opened, TimeSpan segmentAge)
    {
        var hour = new DateTimeOffset(opened.Ticks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, TimeSpan.Zero).AddHours(1);
        var aged = opened + segmentAge;
        return aged < hour ? aged : hour;
    }
}
