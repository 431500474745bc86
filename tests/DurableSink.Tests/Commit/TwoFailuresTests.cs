using System.Diagnostics;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>The failure ladder: where writing again fails too, callers who are told get the error, and the log goes on.</summary>
public sealed class TwoFailuresTests : CommitTest
{
    [Theory]
    [InlineData(nameof(DriveCall.Write), Errno.EIO)]
    [InlineData(nameof(DriveCall.Write), Errno.ENOSPC)]
    [InlineData(nameof(DriveCall.Write), 0)]
    [InlineData(nameof(DriveCall.Flush), Errno.EIO)]
    public void Callers_who_are_told_get_the_error_and_later_everything_is_durable(string call, int errno)
    {
        using var log = Open(FsyncPolicy.Always);
        log.Append(Event(1));
        Drive.FailNext(Enum.Parse<DriveCall>(call), errno, count: int.MaxValue);
        var error = Assert.Throws<DurableLogException>(() => log.Append(Event(2)));
        var cause = Assert.IsType<DurableIOException>(error.InnerException);
        Assert.Equal(errno, cause.Errno);
        Assert.StartsWith(Root, cause.Path, StringComparison.Ordinal);
        Assert.Contains($"errno {errno}", error.Message, StringComparison.Ordinal);
        Assert.Contains(cause.Path, error.Message, StringComparison.Ordinal);
        Assert.Throws<DurableLogException>(() => Soon.Result(log.AppendAsync(Event(3), TestContext.Current.CancellationToken)));
        Assert.Throws<DurableLogException>(() => Soon.Done(log.FlushAsync(TestContext.Current.CancellationToken)));
        Assert.Throws<DurableLogException>(() => Soon.Done(Soon.Run(log.Flush)));
        Assert.Equal(0, log.AppendLine(Body(200), waitDurable: true, told: false)); // in doubt, nothing thrown
        Assert.Equal(1, log.DurableSequence);
        Assert.Equal(1, Notices.Count(n => n.Name == "CommitsFail")); // once

        Drive.FailNoMore();
        Soon.Is(() => log.DurableSequence == 4); // by itself: what was in doubt too
        Assert.Equal(5, log.Append(Event(5)));
        Assert.Equal([1, 2, 3, 1, 5], AfterCut());
        Assert.True(WasTold("CommitRecovered"));
    }

    [Fact]
    public void D9_a_drive_that_fails_is_tried_again_after_100_ms_then_twice_that_and_at_last_each_second()
    {
        var clock = new FakeClock();
        using var log = Open(FsyncPolicy.Always, o => (o.TimeProvider, o.ShutdownTimeout) = (clock, TimeSpan.Zero));
        log.Append(Event(1));
        Drive.FailNext(DriveCall.Flush, Errno.EIO, count: int.MaxValue);
        Assert.Throws<DurableLogException>(() => log.Append(Event(2)));
        var n = 2;
        foreach (var milliseconds in (int[])[100, 200, 400, 800, 1000, 1000])
        {
            var wait = log.AppendAsync(Event(++n), TestContext.Current.CancellationToken).AsTask();
            Advance(milliseconds - 1);
            Soon.IsNot(() => wait.IsCompleted);
            Advance(1);
            Assert.Throws<DurableLogException>(() => Soon.Result(wait)); // told by the try that failed
        }

        Drive.FailNoMore();
        Advance(1000);
        Soon.Is(() => log.DurableSequence == n);

        void Advance(int milliseconds)
        {
            clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
            log.Nudge();
        }
    }

    [Fact]
    public void Nobody_hangs_while_the_drive_fails_and_everybody_s_event_is_there_after_it_works_again()
    {
        using var log = Open(FsyncPolicy.Always);
        log.Append(Event(1));
        Drive.FailNext(DriveCall.Flush, Errno.EIO, count: int.MaxValue, loseUnflushed: true);
        var waits = Enumerable.Range(2, 16).Select(n => n % 2 == 0
            ? Soon.Run(() => log.Append(Event(n)))
            : log.AppendAsync(Event(n), TestContext.Current.CancellationToken).AsTask()).ToList();
        foreach (var wait in waits) Assert.Throws<DurableLogException>(() => Soon.Result(wait));
        Drive.FailNoMore();
        Soon.Is(() => log.DurableSequence == 17);
        Assert.Equal(Numbers(1, 17), AfterCut().Order());
    }

    [Fact]
    public void Accepted_events_wait_within_the_bound_and_then_callers_are_refused()
    {
        using var log = Open(FsyncPolicy.Batch, o => (o.BufferBytes, o.BlockTimeout) = (64 << 10, TimeSpan.FromMilliseconds(50)));
        log.Append(Event(1));
        log.Flush();
        Drive.FailNext(DriveCall.Write, Errno.ENOSPC, count: int.MaxValue);
        var n = 1;
        var full = Assert.Throws<DurableLogFullException>(() =>
        {
            while (n < 1000) log.Append(Event(++n, 2000));
        });
        Assert.IsType<DurableIOException>(full.InnerException);
        Assert.InRange(n, 20, 40); // D9: 64 KiB of them
        Drive.FailNoMore();
        Soon.Is(() => log.DurableSequence == n - 1); // the retry comes when it comes
        log.Append(Event(n, 2000));
        log.Flush();
        Assert.Equal(Numbers(1, n), AfterCut());
    }

    [Fact]
    public void Closing_during_a_failure_ends_in_time_and_says_how_many_events_are_lost()
    {
        var log = Open(FsyncPolicy.Batch, o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(300));
        log.Append(Event(1));
        log.Flush();
        Drive.FailNext(DriveCall.Flush, Errno.EIO, count: int.MaxValue);
        Append(log, 2, 8);
        var flush = log.FlushAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.Throws<DurableLogException>(() => Soon.Done(flush));
        var waits = log.AppendAsync(Event(9), TestContext.Current.CancellationToken).AsTask();
        var started = Stopwatch.GetTimestamp();
        Soon.Done(Soon.Run(log.Dispose));
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Throws<DurableLogException>(() => Soon.Result(waits)); // nobody is left waiting
        Assert.Contains("8 accepted events", Assert.Single(Notices, n => n.Name == "ClosedWithLoss").Message, StringComparison.Ordinal);
        Drive.FailNoMore();
        Assert.Equal([1], AfterCut());
    }

    [Fact]
    public void Closing_while_a_commit_hangs_ends_in_time_and_keeps_the_lock()
    {
        var log = Open(FsyncPolicy.Batch, o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(300));
        log.Append(Event(1));
        log.Flush();
        using var hold = new Hold(Drive, DriveCall.Flush);
        log.Append(Event(2));
        hold.WaitEntered();
        Soon.Done(Soon.Run(log.Dispose));
        Assert.True(WasTold("ClosedWithLoss"));
        // The write that hangs may still reach the drive: no other writer may come in before (D8).
        Assert.Throws<DurableLogLockedException>(() => Open(FsyncPolicy.Batch));
    }

    [Fact]
    public void A_closed_log_refuses()
    {
        var log = Open(FsyncPolicy.Batch);
        log.Dispose();
        log.Dispose();
        Assert.Throws<ObjectDisposedException>(() => log.Append(Event(1)));
        Assert.Throws<ObjectDisposedException>(() => Soon.Result(log.AppendAsync(Event(1), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void A_log_that_recovers_while_it_closes_seals_its_last_segment()
    {
        using (var log = Open(FsyncPolicy.Batch, o => o.BatchWindow = TimeSpan.FromSeconds(10)))
        {
            Append(log, 1, 5);
            log.Flush();
            Append(log, 6, 9);
            Drive.FailNext(DriveCall.Flush, Errno.EIO, loseUnflushed: true);
        }

        Assert.Empty(Active());
        Assert.Equal(Numbers(1, 9), Read(Drive));
        Assert.Equal(Numbers(1, 9), AfterCut());
    }
}
