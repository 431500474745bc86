using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>Closing that is asked for more than once, at the same time.</summary>
public sealed class ConcurrentDisposalTests : CommitTest
{
    [Fact]
    public void Every_disposal_ends_when_the_first_one_has_closed_the_log()
    {
        var log = Open(FsyncPolicy.Batch, o => o.BatchWindow = TimeSpan.FromSeconds(10));
        log.Append(Event(1));
        using var hold = new Hold(Drive, DriveCall.Flush);
        var first = Soon.Run(log.Dispose);
        hold.WaitEntered();
        Task[] later = [Soon.Run(log.Dispose), log.DisposeAsync().AsTask(), log.DisposeAsync().AsTask()];
        Soon.IsNot(() => Array.Exists(later, task => task.IsCompleted));
        hold.Release();
        foreach (var task in later) Soon.Done(task);
        Soon.Done(first);
        Assert.Single(Sealed());
        Soon.Done(log.DisposeAsync());
    }

    [Fact]
    public void A_notice_of_the_closing_may_close_too()
    {
        DurableLog log = null!;
        var closed = 0;
        log = Open(FsyncPolicy.Batch, o =>
        {
            o.ShutdownTimeout = TimeSpan.Zero;
            o.OnNotice = notice =>
            {
                log.Dispose();
                Soon.Done(log.DisposeAsync());
                Interlocked.Increment(ref closed);
            };
        });
        log.Append(Event(1));
        log.Flush();
        Drive.FailNext(DriveCall.Write, Errno.EIO, count: int.MaxValue);
        log.Append(Event(2));
        Soon.Done(Soon.Run(log.Dispose));
        Assert.NotEqual(0, closed);
    }
}
