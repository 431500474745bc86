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
    public void A_thread_that_is_interrupted_while_it_waits_for_its_turn_at_the_drive_gives_no_turn_up()
    {
        using var log = Open(FsyncPolicy.Always);
        log.Append(Event(1));
        using var hold = new Hold(Drive, DriveCall.Truncate); // of the sealing: the keeper holds the gate
        var seal = log.SealAsync(TestContext.Current.CancellationToken);
        hold.WaitEntered();
        var interrupted = Interrupted(() => log.Append(Event(2)), () => log.LastSequence == 2);
        hold.Release();
        Assert.True(Soon.Result(interrupted));
        Soon.Done(seal);
        Assert.Equal(3, Soon.Result(Soon.Run(() => log.Append(Event(3)))));
        Assert.Equal(Numbers(1, 3), AfterCut());
    }

    [Fact]
    public void A_thread_that_is_interrupted_while_it_waits_for_room_is_not_waited_for()
    {
        using var log = Open(FsyncPolicy.Os, o => (o.BufferBytes, o.BlockTimeout) = (64 << 10, TimeSpan.FromHours(1)));
        using (var hold = new Hold(Drive, DriveCall.Write))
        {
            var last = 0L;
            var filling = Interrupted(() => Append(log, 1, 1000, 2000), () => last == (last = log.LastSequence) && last > 10);
            Assert.True(Soon.Result(filling));
        }

        log.Flush();
        var flushes = Drive.Calls(DriveCall.Flush);
        var writes = Drive.Calls(DriveCall.Write);
        log.Append(Event(2000));
        Soon.Is(() => Drive.Calls(DriveCall.Write) > writes);
        Soon.IsNot(() => Drive.Calls(DriveCall.Flush) > flushes); // Os: nobody asks for one
    }

    /// <summary>Runs the work on a thread that is interrupted where it waits; tells whether the interruption reached it.</summary>
    private static Task<bool> Interrupted(Action work, Func<bool> isUnderWay)
    {
        Thread? thread = null;
        var done = Soon.Run(() =>
        {
            thread = Thread.CurrentThread;
            try
            {
                work();
                Thread.CurrentThread.Join(Soon.Deadline); // a wait of its own: the interruption reaches it here
                return false;
            }
            catch (ThreadInterruptedException)
            {
                return true;
            }
        });
        Soon.Is(() => isUnderWay() && thread is { } running && running.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        thread!.Interrupt();
        return done;
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
