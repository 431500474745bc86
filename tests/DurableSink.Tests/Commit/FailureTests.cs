using System.Collections.Concurrent;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>D3 and its rules: what a failed write or flush leaves is written again to a new segment, from memory.</summary>
public sealed class FailureTests : CommitTest
{
    public static TheoryData<FsyncPolicy> Policies => [FsyncPolicy.Always, FsyncPolicy.Batch, FsyncPolicy.Os];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void D3_a_failed_flush_is_answered_by_a_new_segment_and_never_retried(bool readsShowLostData)
    {
        Drive.ReadsShowLostData = readsShowLostData;
        using var log = Open(FsyncPolicy.Always);
        Append(log, 1, 3);
        var old = Assert.Single(Active());
        var flushed = new ConcurrentQueue<string>(); // the next segment's room is made meanwhile
        Drive.FailNext(DriveCall.Flush, Errno.EIO, loseUnflushed: true);
        Drive.Called += (call, name, _, _) =>
        {
            if (call is DriveCall.Flush or DriveCall.Write) flushed.Enqueue($"{call} {name}");
        };
        Assert.Equal(4, log.Append(Event(4)));
        Assert.Equal(4, log.DurableSequence);
        Assert.Equal([$"Write {old}", $"Flush {old}"], flushed.Where(call => call.EndsWith(old, StringComparison.Ordinal))); // once
        Assert.Equal(Numbers(1, 4), AfterCut()); // fsyncgate: the lost write was acknowledged from elsewhere
        Assert.True(WasTold("SegmentPoisoned"));
        Append(log, 5, 6);
        Assert.Equal(Numbers(1, 6), AfterCut());
    }

    [Theory]
    [InlineData(Errno.EIO, 0)]
    [InlineData(Errno.ENOSPC, 0)]
    [InlineData(0, 1)]
    [InlineData(Errno.EIO, 2)]
    [InlineData(Errno.EIO, 3)]
    [InlineData(Errno.EIO, 4)] // the one that takes the acknowledged lines with it
    public void Rule3_a_failed_tail_rewrite_that_tears_loses_no_acknowledged_line(int errno, int tear)
    {
        using var log = Open(FsyncPolicy.Always);
        Append(log, 1, 12, 500); // the tail block holds several acknowledged lines
        Drive.FailNext(DriveCall.Write, errno, tear: (Tear)tear);
        Assert.Equal(13, log.Append(Event(13, 500)));
        foreach (var mode in Enum.GetValues<CutMode>())
        {
            Assert.Equal(Numbers(1, 13), Recovered(Drive.PowerCut(mode, 5)));
        }

        Assert.Equal(Numbers(1, 13), Recovered(Drive.ProcessCrash()));
    }

    [Fact]
    public void Rule7_room_is_written_ahead_behind_what_commits_wrote_and_nowhere_else()
    {
        const int Step = 1 << 20, Piece = 64 << 10;
        var pieces = 0;
        Drive.Called += (call, name, _, length) =>
        {
            if (call == DriveCall.Write && length == Piece && !IsSpare(name)) Interlocked.Increment(ref pieces);
        };
        using var log = Open(FsyncPolicy.Always, o => (o.Preallocation, o.SegmentBytes) = (PreallocationMode.Written, 8 * Step));
        Append(log, 1, 150, 4_000); // more than the half of the first step, by commits that are small enough
        Soon.Is(() => Volatile.Read(ref pieces) >= Step / Piece);
        Append(log, 151, 152);
        Assert.Equal(Numbers(1, 152), AfterCut());
    }

    [Theory]
    [InlineData((int)Tear.RandomSectors)]
    [InlineData((int)Tear.Garbage)]
    public void Rule3_the_tail_block_of_a_small_log_holds_its_header_too(int tear)
    {
        using var log = Open(FsyncPolicy.Always);
        Append(log, 1, 2);
        Drive.FailNext(DriveCall.Write, Errno.EIO, tear: (Tear)tear);
        log.Append(Event(3));
        Assert.Equal(Numbers(1, 3), AfterCut());
    }

    [Fact]
    public void Rule3_a_cut_before_the_new_segment_is_durable_loses_no_acknowledged_line()
    {
        using var log = Open(FsyncPolicy.Always);
        Append(log, 1, 12, 500);
        Drive.FailNext(DriveCall.Flush, Errno.EIO);
        using var hold = new Hold(Drive, (call, name) => call == DriveCall.Flush && IsSpare(name));
        var append = Soon.Run(() => log.Append(Event(13, 500)));
        hold.WaitEntered();
        for (var seed = 0; seed < 20; seed++)
        {
            var found = Recovered(Drive.PowerCut(CutMode.Random, seed));
            Assert.Equal(Numbers(1, found.Count), found);
            Assert.InRange(found.Count, 12, 13); // D2
        }

        hold.Release();
        Assert.Equal(13, Soon.Result(append));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_failed_commit_is_answered_without_a_further_event(FsyncPolicy policy)
    {
        using var log = Open(policy);
        log.Append(Event(1));
        log.Flush();
        Drive.FailNext(DriveCall.Write, Errno.EIO);
        log.Append(Event(2));
        Soon.Is(() => log.DurableSequence == 2); // nobody waits, nothing else comes
        Assert.Equal([1, 2], AfterCut());
    }

    [Theory]
    [InlineData(nameof(DriveCall.Create))]
    [InlineData(nameof(DriveCall.Write))]
    [InlineData(nameof(DriveCall.Flush))]
    [InlineData(nameof(DriveCall.Rename))]
    [InlineData(nameof(DriveCall.DirectoryFlush))]
    public void A_failing_roll_goes_to_another_segment(string call)
    {
        using var log = Open(FsyncPolicy.Always, o => o.SegmentBytes = 64 << 10);
        log.Append(Event(1, 8000));
        Drive.FailNext(Enum.Parse<DriveCall>(call), Errno.EIO, name: name => name.Length == 0 || IsSpare(name));
        Append(log, 2, 30, 8000);
        Assert.Equal(Numbers(1, 30), AfterCut());
        Soon.Is(() => Sealed().Count >= 3);
        Assert.Equal(Numbers(1, 30), Recovered(Drive.ProcessCrash()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_rename_that_fails_half_way_leaves_no_second_truth(bool byLink)
    {
        Drive.RenamesByLink = byLink;
        var clock = new FakeClock(); // headers of one time: only their origin tells which came later
        using (var log = Open(FsyncPolicy.Always, o => o.TimeProvider = clock))
        {
            Drive.FailNext(DriveCall.DirectoryFlush, Errno.EIO);
            log.Append(Event(1));
            Append(log, 2, 5);
            foreach (var mode in Enum.GetValues<CutMode>()) Assert.Equal(Numbers(1, 5), Recovered(Drive.PowerCut(mode, 1)));
        }

        Assert.Empty(Active());
        Assert.Equal(Numbers(1, 5), AfterCut());
    }

    [Fact]
    public void Rule1_a_failed_flush_of_a_seal_makes_unflushed_records_suspect()
    {
        using var log = Open(FsyncPolicy.Os);
        log.Append(Event(1));
        log.Flush();
        var ending = Assert.Single(Active());
        using var hold = new Hold(Drive, DriveCall.Read); // the sealing reads the segment first
        var seal = log.SealAsync(TestContext.Current.CancellationToken).AsTask();
        hold.WaitEntered();
        Written(log, 2);
        Soon.Is(() => log.DurableSequence == 2); // the new segment's first piece
        Written(log, 3);
        Drive.FailNext(DriveCall.Flush, Errno.EIO, loseUnflushed: true, name: name => name == ending);
        hold.Release();
        Assert.Throws<DurableIOException>(() => Soon.Done(seal));
        Assert.Equal([1, 2], AfterCut()); // the third is lost from the drive
        Soon.Done(log.FlushAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Numbers(1, 3), AfterCut());
    }

    [Fact]
    public void Rule1_a_failed_flush_of_a_spare_makes_unflushed_records_suspect()
    {
        using var log = Open(FsyncPolicy.Os, o => o.Preallocation = PreallocationMode.Written);
        using var hold = new Hold(Drive, DriveCall.Create); // of the second spare
        Written(log, 1);
        Soon.Is(() => log.DurableSequence == 1);
        hold.WaitEntered();
        Written(log, 2);
        Drive.FailNext(DriveCall.Flush, Errno.EIO, loseUnflushed: true, name: IsSpare);
        hold.Release();
        Soon.Is(() => WasTold("SpareFailed"));
        Assert.Equal([1], AfterCut());
        Soon.Done(log.FlushAsync(TestContext.Current.CancellationToken));
        Assert.Equal([1, 2], AfterCut());
    }

    [Fact]
    public void Rule2_on_a_drive_with_forced_unit_access_a_durable_write_acknowledges_only_itself()
    {
        Drive.SupportsDurableWrites = true;
        Drive.ForceUnitAccess = true;
        using var log = Open(FsyncPolicy.Os);
        log.Append(Event(1, 3000));
        log.Flush();
        for (var n = 2; n <= 4; n++)
        {
            var writes = Drive.Calls(DriveCall.Write);
            log.Append(Event(n, 6000));
            Soon.Is(() => Drive.Calls(DriveCall.Write) > writes);
        }

        Assert.Equal(5, Soon.Result(log.AppendAsync(Event(5, 6000), TestContext.Current.CancellationToken)));
        Assert.Equal(Numbers(1, 5), AfterCut()); // the unflushed ones before it too
        var (durable, flushes) = (Drive.Calls(DriveCall.WriteDurable), Drive.Calls(DriveCall.Flush));
        Assert.Equal(6, Soon.Result(log.AppendAsync(Event(6), TestContext.Current.CancellationToken)));
        Assert.Equal((durable + 1, flushes), (Drive.Calls(DriveCall.WriteDurable), Drive.Calls(DriveCall.Flush))); // one call is enough
        Assert.Equal(Numbers(1, 6), AfterCut());
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void SealAsync_across_a_failure_seals_where_the_events_went(FsyncPolicy policy)
    {
        using var log = Open(policy, o => o.BatchWindow = TimeSpan.FromSeconds(10));
        log.Append(Event(1));
        log.Flush();
        Drive.FailNext(DriveCall.Flush, Errno.EIO, loseUnflushed: true);
        var append = log.AppendAsync(Event(2), TestContext.Current.CancellationToken);
        Soon.Done(log.SealAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, Soon.Result(append));
        Soon.Is(() => Active().Count == 0);
        Assert.Equal([1, 2], Read(Drive));
        Append(log, 3, 4);
        log.Flush();
        Assert.Equal(Numbers(1, 4), AfterCut());
    }

    private void Written(DurableLog log, long n)
    {
        var writes = Drive.Calls(DriveCall.Write);
        log.Append(Event(n));
        Soon.Is(() => Drive.Calls(DriveCall.Write) > writes);
    }
}
