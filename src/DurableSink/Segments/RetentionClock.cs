namespace DurableSink.Segments;

/// <summary>
/// The time that ages are counted against. A wall clock that leaps ahead makes every segment old at once, and what is removed then does
/// not come back when the clock does. So a leap is believed only after it has stood for a day of the monotonic clock; until then the
/// time is what it was before the leap and what has passed since.
/// </summary>
internal sealed class RetentionClock
{
    /// <summary>How long a leap must stand.</summary>
    public static readonly TimeSpan Doubt = TimeSpan.FromDays(1);

    private static readonly TimeSpan LeastBelieved = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private readonly TimeSpan _believed;
    private DateTimeOffset _known;
    private long _knownAt;
    private long? _leapSince;

    /// <param name="time">Both clocks.</param>
    /// <param name="last">The last time that the log knows of: what no run of it saw is doubted like any other leap.</param>
    /// <param name="mostAge">How long segments are kept: a leap of less than half of it, or than an hour, is believed at once.</param>
    public RetentionClock(TimeProvider time, DateTimeOffset last, TimeSpan mostAge)
    {
        _time = time;
        _believed = mostAge / 2 > LeastBelieved ? mostAge / 2 : LeastBelieved;
        _known = last;
        _knownAt = time.GetTimestamp();
    }

    /// <summary>The wall clock's present time, believed or not.</summary>
    public DateTimeOffset Told { get; private set; }

    public DateTimeOffset Now()
    {
        Told = _time.GetUtcNow();
        var expected = _known + _time.GetElapsedTime(_knownAt);
        if (Told - expected <= _believed || (_leapSince is { } since && _time.GetElapsedTime(since) >= Doubt))
        {
            (_known, _knownAt, _leapSince) = (Told, _time.GetTimestamp(), null);
            return Told;
        }

        _leapSince ??= _time.GetTimestamp();
        return expected;
    }
}
