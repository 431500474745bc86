using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>Waits that somebody tries to end from outside.</summary>
public sealed class AbandonedWaitTests : CommitTest
{
    [Fact]
    public void A_thread_that_is_interrupted_while_it_waits_does_not_stop_the_log()
    {
        using var log = Open(FsyncPolicy.Always);
        log.Append(Event(1));
        using var hold = new Hold(Drive, DriveCall.Flush);
        var leader = Soon.Run(() => log.Append(Event(2)));
        hold.WaitEntered();
        var wasInterrupted = false;
        var interrupted = new Thread(() =>
        {
            try
            {
                log.Append(Event(3));
                Thread.CurrentThread.Join(Soon.Deadline); // a wait of its own: the interruption reaches it here
            }
            catch (ThreadInterruptedException)
            {
                wasInterrupted = true;
            }
        })
        { IsBackground = true };
        interrupted.Start();
        Soon.Is(() => log.LastSequence == 3 && interrupted.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        interrupted.Interrupt();
        hold.Release();
        Assert.Equal(2, Soon.Result(leader));
        Assert.True(interrupted.Join(Soon.Deadline));
        Assert.True(wasInterrupted);
        Assert.Equal(4, Soon.Result(Soon.Run(() => log.Append(Event(4)))));
        Assert.Equal(Numbers(1, 4), AfterCut().Order());
    }

    [Fact]
    public void A_seal_that_cannot_come_any_more_ends_when_the_log_is_closed()
    {
        var log = Open(FsyncPolicy.Always, o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        log.Append(Event(1));
        var hold = new Hold(Drive, DriveCall.Truncate); // the sealing hangs in the drive
        var seal = log.SealAsync(TestContext.Current.CancellationToken).AsTask();
        hold.WaitEntered();
        log.Dispose();
        var error = Assert.Throws<DurableLogException>(() => Soon.Done(seal));
        Assert.Contains("was closed before segment", error.Message, StringComparison.Ordinal);
        hold.Dispose();
    }

    [Fact]
    public void Flushing_a_log_that_was_closed_with_loss_throws()
    {
        var log = Open(FsyncPolicy.Batch, o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        log.Append(Event(1));
        log.Flush();
        Drive.FailNext(DriveCall.Flush, Errno.EIO, count: int.MaxValue);
        log.Append(Event(2));
        log.Dispose();
        Assert.True(WasTold("ClosedWithLoss"));
        Assert.Throws<DurableLogException>(() => Soon.Done(Soon.Run(log.Flush)));
        Assert.Throws<DurableLogException>(() => Soon.Done(log.FlushAsync(TestContext.Current.CancellationToken)));
    }
}
