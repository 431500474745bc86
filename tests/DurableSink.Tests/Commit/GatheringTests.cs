using DurableSink.Commit;
using Xunit;

namespace DurableSink.Tests.Commit;

public sealed class GatheringTests
{
    private static readonly TimeSpan Commit = TimeSpan.FromMicroseconds(150);

    private readonly TickingClock _clock = new();

    [Fact]
    public void Nobody_is_waited_for_where_nobody_was_told()
    {
        var gathering = new Gathering(_clock, processors: 2);
        gathering.Arrived();
        gathering.Wait(Commit);
        Assert.Equal(0, _clock.Looked);
    }

    [Fact]
    public void A_committer_alone_waits_for_nobody()
    {
        var gathering = new Gathering(_clock, processors: 2);
        for (var i = 0; i < 200; i++)
        {
            gathering.Arrived();
            gathering.Wait(Commit);
            gathering.Told(0);
            gathering.ToldMyself();
        }

        Assert.InRange(_clock.Looked, 1, 200); // once each time, at the start: it never had to wait
    }

    [Fact]
    public void It_waits_until_as_many_are_back_as_were_told()
    {
        _clock.Tick = TimeSpan.Zero; // they have all the time in the world
        var gathering = new Gathering(_clock, processors: 2);
        gathering.Told(2);
        var wait = Soon.Run(() => gathering.Wait(Commit));
        gathering.Arrived();
        Soon.Is(() => _clock.Looked > 1);
        Soon.IsNot(() => wait.IsCompleted);
        gathering.Arrived();
        Soon.Done(wait);
    }

    [Theory]
    [InlineData(150, 150)]
    [InlineData(10_000, 300)] // a slow drive: what a processor spends is bounded
    [InlineData(0, 0)] // a clock that stands still
    public void It_waits_no_longer_than_a_commit(int commitMicroseconds, int mostMicroseconds)
    {
        var gathering = new Gathering(_clock, processors: 2);
        gathering.Told(1);
        var started = _clock.Now;
        gathering.Wait(TimeSpan.FromMicroseconds(commitMicroseconds));
        Assert.InRange((_clock.Now - started).TotalMicroseconds, mostMicroseconds, mostMicroseconds + 2);
    }

    [Fact]
    public void Where_nobody_comes_back_it_is_tried_ever_more_rarely_until_they_do()
    {
        var gathering = new Gathering(_clock, processors: 2);
        var tried = Enumerable.Range(0, 400).Where(_ => Waits(gathering, comeBack: false)).ToList();
        Assert.Equal([0, 2, 5, 10, 19, 36, 69, 134, 199, 264, 329, 394], tried); // pauses of 1, 2, 4 … 64, 64
        while (!Waits(gathering, comeBack: true)) { }
        Assert.True(Waits(gathering, comeBack: false));
        Assert.False(Waits(gathering, comeBack: false)); // a pause of one again
        Assert.True(Waits(gathering, comeBack: false));
    }

    [Theory]
    [InlineData(Gathering.Most, true)]
    [InlineData(Gathering.Most + 1, false)]
    public void Where_so_many_were_told_that_resuming_them_takes_longer_than_a_commit_nobody_is_waited_for(int told, bool waits)
    {
        var gathering = new Gathering(_clock, processors: 2);
        gathering.Told(told);
        gathering.Wait(Commit);
        Assert.Equal(waits, _clock.Looked > 0);
    }

    [Fact]
    public void With_one_processor_nobody_is_waited_for()
    {
        var gathering = new Gathering(_clock, processors: 1);
        gathering.Told(1);
        gathering.Wait(Commit);
        Assert.Equal(0, _clock.Looked);
    }

    /// <summary>One commit for one who waits. Whether there was a wait for him.</summary>
    private bool Waits(Gathering gathering, bool comeBack)
    {
        var before = _clock.Looked;
        gathering.Told(1);
        if (comeBack) gathering.Arrived();
        gathering.Wait(Commit);
        return _clock.Looked > before;
    }

    /// <summary>Each look at it takes a microsecond.</summary>
    private sealed class TickingClock : TimeProvider
    {
        private long _ticks;
        private int _looked;

        public TimeSpan Tick { get; set; } = TimeSpan.FromMicroseconds(1);

        public int Looked => Volatile.Read(ref _looked);

        public TimeSpan Now => TimeSpan.FromTicks(Volatile.Read(ref _ticks));

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _looked);
            return Interlocked.Add(ref _ticks, Tick.Ticks);
        }
    }
}
