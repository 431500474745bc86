using DurableSink.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>The failure ladder on a full drive: the reserve, the wait, and the going on by itself.</summary>
public sealed class FullDriveTests : CommitTest
{
    public static TheoryData<FsyncPolicy> Policies => [FsyncPolicy.Always, FsyncPolicy.Batch, FsyncPolicy.Os];

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_full_drive_poisons_nothing_and_the_same_segment_goes_on_when_there_is_room(FsyncPolicy policy)
    {
        using var log = Open(policy);
        log.Append(Event(1, 500));
        log.Flush();
        Drive.CapacityBytes = Drive.UsedBytes;
        var waiting = log.AppendAsync(Event(2, 9000), TestContext.Current.CancellationToken);
        var error = Assert.Throws<DurableLogException>(() => Soon.Result(waiting));
        Assert.Equal(Errno.ENOSPC, Assert.IsType<DurableIOException>(error.InnerException).Errno);
        Assert.Single(Active());
        Drive.CapacityBytes = long.MaxValue;
        log.Flush();
        Assert.Equal(2, log.DurableSequence);
        log.Append(Event(3));
        log.Flush();
        Assert.Single(Active()); // still the first one
        Assert.False(WasTold("SegmentPoisoned"));
        Assert.Equal(1, Notices.Count(n => n.Name == "DriveFull"));
        Assert.Equal(Numbers(1, 3), AfterCut());
    }

    [Fact]
    public void Every_acknowledged_event_survives_a_cut_while_the_drive_is_full()
    {
        using var log = Open(FsyncPolicy.Always, o => o.ShutdownTimeout = TimeSpan.Zero);
        Append(log, 1, 3, 500);
        Drive.CapacityBytes = Drive.UsedBytes + 4096; // a part of the next piece fits
        Assert.Throws<DurableLogException>(() => log.Append(Event(4, 9000)));
        foreach (var mode in Enum.GetValues<CutMode>())
        {
            var cut = Drive.PowerCut(mode, 7);
            cut.CapacityBytes = long.MaxValue;
            Assert.Equal(Numbers(1, 3), Recovered(cut));
        }
    }

    [Fact]
    public void The_reserve_lets_the_last_events_in()
    {
        Drive.FreeBytes = 1L << 30;
        using var log = Open(FsyncPolicy.Always);
        log.Append(Event(1));
        Soon.Is(() => Drive.UsedBytes > DriveReserve.Bytes);
        Drive.FreeBytes = 0;
        Drive.CapacityBytes = Drive.UsedBytes;
        Append(log, 2, 80, 15_000); // 1.2 MB: nobody notices but the operator
        Assert.Equal(80, log.DurableSequence);
        Assert.Contains("reserve of 4 MiB", Notices.Single(n => n.Name == "DriveFull").Message, StringComparison.Ordinal);
        Assert.Throws<DurableLogException>(() => Append(log, 81, 400, 15_000));
        Assert.InRange(Drive.UsedBytes, Drive.CapacityBytes - 64_000, Drive.CapacityBytes);

        Drive.CapacityBytes = long.MaxValue;
        Drive.FreeBytes = 1L << 30;
        log.Flush();
        Soon.Done(log.SealAsync(TestContext.Current.CancellationToken));
        log.Append(Event(401)); // takes the spare: the next one is made, and the reserve again
        Soon.Is(() => Drive.UsedBytes > DriveReserve.Bytes + 2_000_000);
    }

    [Fact]
    public void Rule1_a_failed_flush_that_gives_the_reserve_back_makes_unflushed_records_suspect()
    {
        Drive.FreeBytes = 1L << 30;
        using var log = Open(FsyncPolicy.Os);
        log.Append(Event(1));
        log.Flush();
        Soon.Is(() => Drive.UsedBytes > DriveReserve.Bytes);
        var writes = Drive.Calls(DriveCall.Write);
        log.Append(Event(2));
        Soon.Is(() => Drive.Calls(DriveCall.Write) > writes); // written, not flushed
        (Drive.CapacityBytes, Drive.FreeBytes) = (Drive.UsedBytes, 0); // else the reserve is taken again, before the log gets its room
        Drive.FailNext(DriveCall.DirectoryFlush, Errno.EIO, loseUnflushed: true);
        log.Append(Event(3, 9000));
        Assert.Throws<DurableLogException>(log.Flush); // the second failure in a row
        Soon.Is(() => WasTold("CommitRecovered")); // by itself
        log.Flush();
        Assert.Equal(Numbers(1, 3), AfterCut());
    }

    [Fact]
    public void Closing_and_reopening_leave_no_reserve_behind()
    {
        Drive.FreeBytes = 1L << 30;
        using (var log = Open(FsyncPolicy.Always))
        {
            log.Append(Event(1));
            Soon.Is(() => Files(Drive, SegmentName.SpareSuffix).Count == 2); // the next segment's, and the reserve
        }

        Assert.Empty(Files(Drive, SegmentName.SpareSuffix));
    }

    [Fact]
    public void A_segment_that_cannot_be_sealed_for_want_of_room_is_sealed_when_there_is()
    {
        using var log = Open(FsyncPolicy.Always);
        log.Append(Event(1, 500));
        var active = Assert.Single(Active());
        Drive.CapacityBytes = Drive.UsedBytes;
        var seal = log.SealAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Errno.ENOSPC, Assert.Throws<DurableIOException>(() => Soon.Done(seal)).Errno);
        Assert.Equal([active], Active());
        Drive.CapacityBytes = long.MaxValue;
        Soon.Is(() => Active().Count == 0);
        Assert.Single(Sealed());
        Assert.Equal([1], Read(Drive));
        Assert.Equal(1, Notices.Count(n => n.Name == "SealWaits"));
    }

    [Fact]
    public void A_seal_that_waits_is_in_the_status_also_where_somebody_asked_while_it_was_told()
    {
        DurableLog? log = null;
        using (log = Open(FsyncPolicy.Always, o => o.OnNotice = _ => log?.GetStatus()))
        {
            log.Append(Event(1, 500));
            Drive.CapacityBytes = Drive.UsedBytes;
            Assert.Throws<DurableIOException>(() => Soon.Done(log.SealAsync(TestContext.Current.CancellationToken)));
            Soon.Is(() => log.GetStatus().Notices.Any(n => n.Name == "SealWaits"));
            Drive.CapacityBytes = long.MaxValue;
            Soon.Is(() => Active().Count == 0);
            Soon.Is(() => log.GetStatus().Notices.Count == 0);
        }
    }

    [Fact]
    public void Closing_on_a_full_drive_ends_in_time_and_says_what_was_not_written()
    {
        var log = Open(FsyncPolicy.Batch, o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(300));
        log.Append(Event(1));
        log.Flush();
        Drive.CapacityBytes = Drive.UsedBytes;
        Append(log, 2, 5, 9000);
        log.Dispose();
        var told = Notices.Single(n => n.Name == "ClosedWithLoss").Message;
        Assert.Contains("4 accepted events (2 to 5)", told, StringComparison.Ordinal);
        Assert.Contains("errno 28", told, StringComparison.Ordinal);
        Drive.CapacityBytes = long.MaxValue;
        Assert.Equal(Numbers(1, 5), Recovered(Drive.ProcessCrash())); // memory kept them for the next opening
        Assert.Equal([1], AfterCut());
    }

    [Fact]
    public void A_failing_reservation_is_no_reason_to_distrust_what_was_written()
    {
        using var log = Open(FsyncPolicy.Os, o => (o.Preallocation, o.SegmentBytes) = (PreallocationMode.Reserved, 64 << 20));
        log.Append(Event(1));
        log.Flush();
        Drive.FailNext(DriveCall.Reserve, Errno.ENOSPC, count: int.MaxValue);
        Append(log, 2, 80, 15_000); // more than half of the first MiB: more is asked for
        Soon.Is(() => WasTold("PreallocationFailed"));
        log.Flush();
        Assert.Single(Active());
        Assert.Equal(Numbers(1, 80), AfterCut());
    }

    [Fact]
    public void A_drive_that_is_full_and_has_room_in_turns_is_not_told_of_each_time()
    {
        var clock = new FakeClock();
        using var log = Open(FsyncPolicy.Always, o => o.TimeProvider = clock);
        log.Append(Event(1));
        for (var n = 2; n <= 40; n++)
        {
            Drive.FailNext(DriveCall.Write, Errno.ENOSPC);
            log.Append(Event(n));
        }

        Assert.Equal(10, Notices.Count(n => n.Name == "DriveFull"));
        clock.Advance(TimeSpan.FromMinutes(1));
        Drive.FailNext(DriveCall.Write, Errno.ENOSPC);
        log.Append(Event(41));
        Assert.Contains("29 more", Notices.Last(n => n.Name == "DriveFull").Message, StringComparison.Ordinal);
    }
}
