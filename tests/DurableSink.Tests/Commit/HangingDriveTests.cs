using DurableSink.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>A drive that does not answer: it is told of, and only the one thread that is in the call waits with it.</summary>
public sealed class HangingDriveTests : CommitTest
{
    private readonly FakeClock _clock = new();

    [Fact]
    public void A_flush_that_takes_over_a_second_is_told_once_and_so_is_its_end()
    {
        using var log = Open(FsyncPolicy.Always, o => o.TimeProvider = _clock);
        log.Append(Event(1));
        var active = Assert.Single(Active());
        using var hold = new Hold(Drive, DriveCall.Flush);
        var append = Soon.Run(() => log.Append(Event(2)));
        hold.WaitEntered();
        Soon.IsNot(() => WasTold("DriveSlow"));
        _clock.Advance(TimeSpan.FromSeconds(1.5));
        Soon.Is(() => WasTold("DriveSlow"));
        Assert.Contains(active, Notices.Single(n => n.Name == "DriveSlow").Message, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromSeconds(2));
        hold.Release();
        Assert.Equal(2, Soon.Result(append));
        Soon.Is(() => WasTold("DriveAnswers"));
        Assert.Equal(1, Notices.Count(n => n.Name == "DriveSlow"));
        Assert.False(WasTold("DriveHangs"));
    }

    [Fact]
    public void While_the_drive_hangs_those_who_wait_are_told_after_FlushTimeout()
    {
        using var log = Open(FsyncPolicy.Always, o => (o.TimeProvider, o.FlushTimeout) = (_clock, TimeSpan.FromSeconds(5)));
        log.Append(Event(1));
        using var hold = new Hold(Drive, DriveCall.Flush);
        var first = Soon.Run(() => log.Append(Event(2))); // its thread is in the call
        hold.WaitEntered();
        var thread = Soon.Run(() => log.Append(Event(3)));
        var task = log.AppendAsync(Event(4), TestContext.Current.CancellationToken).AsTask();
        var flush = log.FlushAsync(TestContext.Current.CancellationToken).AsTask();
        Soon.Is(() => log.LastSequence == 4);
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Soon.IsNot(() => thread.IsCompleted || task.IsCompleted || flush.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        var error = Assert.Throws<DurableLogException>(() => Soon.Result(thread));
        Assert.Contains("has not answered for 5.1 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("in doubt", error.Message, StringComparison.Ordinal);
        Assert.Throws<DurableLogException>(() => Soon.Result(task));
        Assert.Throws<DurableLogException>(() => Soon.Done(flush));
        Assert.Throws<DurableLogException>(() => Soon.Result(Soon.Run(() => log.Append(Event(5))))); // who comes later, too
        Assert.Equal(1, Notices.Count(n => n.Name == "DriveHangs"));
        Assert.False(first.IsCompleted);

        hold.Release();
        Assert.Equal(2, Soon.Result(first));
        Soon.Is(() => log.DurableSequence == 5); // what was in doubt, too
        Assert.Equal(6, log.Append(Event(6)));
        Assert.Equal(Numbers(1, 6), AfterCut().Order());
    }

    [Fact]
    public void A_log_closes_in_time_also_when_the_drive_hangs_only_as_the_last_spare_is_removed()
    {
        var log = Open(FsyncPolicy.Always, o => o.ShutdownTimeout = TimeSpan.FromSeconds(2)); // enough for a busy machine to come as far as that
        log.Append(Event(1));
        Soon.Is(() => Files(Drive, SegmentName.SpareSuffix).Count == 1); // else there is none to be removed
        using var hold = new Hold(Drive, DriveCall.Delete);
        var close = Soon.Run(log.Dispose);
        hold.WaitEntered();
        Soon.Done(close); // D9
        Assert.True(WasTold("ClosedUnsealed"));
        hold.Release();
    }

    [Fact]
    public void Waits_that_were_cancelled_while_the_drive_hangs_do_not_pile_up()
    {
        using var log = Open(FsyncPolicy.Batch, o => o.TimeProvider = _clock);
        log.Append(Event(1));
        log.Flush();
        using var hold = new Hold(Drive, DriveCall.Flush);
        log.Append(Event(2));
        _clock.Advance(TimeSpan.FromSeconds(0.1)); // the window
        log.Nudge();
        hold.WaitEntered();
        for (var i = 0; i < 5_000; i++)
        {
            using var gone = new CancellationTokenSource();
            var flush = log.FlushAsync(gone.Token);
            gone.Cancel();
            Assert.Equal(2, Assert.Throws<DurableOutcomeUnknownException>(() => Soon.Done(flush)).Sequence);
        }

        Assert.InRange(log.State().Waiters, 0, 2100); // D9
        hold.Release();
    }
}
