using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>A log whose drive is gone, seen by those who are not told of failures.</summary>
public sealed class FailingLogTests : CommitTest
{
    [Fact]
    public void Who_is_not_told_does_not_stand_still_while_commits_fail()
    {
        var clock = new FakeClock(); // it stands: who waits for the next try waits for ever
        using var log = Open(FsyncPolicy.Always, o => (o.TimeProvider, o.ShutdownTimeout) = (clock, TimeSpan.Zero));
        log.Append(Event(1));
        Drive.FailNext(DriveCall.Write, Errno.EIO, count: int.MaxValue);
        Soon.Done(Soon.Run(() => log.AppendLine(Body(100), waitDurable: true, told: false))); // fails twice, which is told
        Assert.True(WasTold("CommitsFail"));
        for (var i = 0; i < 100; i++) Soon.Done(Soon.Run(() => Assert.Equal(0, log.AppendLine(Body(100), waitDurable: true, told: false))));

        Drive.FailNoMore();
        clock.Advance(TimeSpan.FromSeconds(1));
        log.Nudge();
        Soon.Is(() => log.DurableSequence == 102); // all were kept
        Assert.Equal(103, Soon.Result(Soon.Run(() => log.AppendLine(Body(100), waitDurable: true, told: false))));
        Assert.Equal(103, log.DurableSequence); // and from here on it waits again
    }
}
