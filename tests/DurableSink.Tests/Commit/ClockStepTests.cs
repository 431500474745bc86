using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>The wall clock jumps: segments end all the same, and nothing else happens.</summary>
public sealed class ClockStepTests : CommitTest
{
    private readonly FakeClock _clock = new();

    [Theory]
    [InlineData(1)]
    [InlineData(-1)] // began in the future, it would stay open till then: a day longer than SegmentAge
    public void A_segment_ends_when_the_clock_jumps_by_a_day(int days)
    {
        using var log = Open(FsyncPolicy.Always, o => o.TimeProvider = _clock);
        log.Append(Event(1));
        _clock.Step(TimeSpan.FromDays(days));
        log.Nudge();
        Soon.Is(() => Sealed().Count == 1);
        log.Append(Event(2));
        Assert.Single(Active());
        Assert.Equal([1, 2], Read(Drive));
    }

    [Fact]
    public void A_segment_does_not_end_when_the_clock_is_set_right_by_a_little()
    {
        using var log = Open(FsyncPolicy.Always, o => o.TimeProvider = _clock);
        log.Append(Event(1));
        _clock.Step(TimeSpan.FromMilliseconds(-900));
        log.Nudge();
        log.Append(Event(2));
        log.Dispose(); // seals what was not
        Assert.Single(Sealed());
    }
}
