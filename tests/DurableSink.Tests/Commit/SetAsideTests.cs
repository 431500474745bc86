using DurableSink.Segments;
using DurableSink.Tests.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>A poisoned segment that could not be set aside while the log ran: the next opening finds it beside what replaced it.</summary>
public sealed class SetAsideTests : CommitTest
{
    [Theory]
    [InlineData(2)]
    [InlineData(30)]
    public void A_poisoned_segment_whose_replacement_is_sealed_is_not_taken_for_damage(int before)
    {
        using (var log = Open(FsyncPolicy.Always))
        {
            Append(log, 1, before, 300);
            Drive.FailNext(DriveCall.Rename, Errno.EIO, name: IsActive, count: 1);
            Drive.FailNext(DriveCall.Write, Errno.EIO, tear: Tear.RandomSectors);
            Append(log, before + 1, before + 3);
        }

        Assert.Single(Active());
        Assert.Equal(Numbers(1, before + 3), AfterCut());
        Assert.Equal(Numbers(1, before + 3), Recovered(Drive));
        Assert.Empty(Active());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(30)]
    public void Setting_aside_by_link_that_was_cut_in_half_is_finished(int before)
    {
        Drive.RenamesByLink = true;
        using (var log = Open(FsyncPolicy.Always))
        {
            Append(log, 1, before, 300);
            var old = Assert.Single(Active());
            var failed = false;
            var aside = SegmentName.TryParseActive(old, out var name) ? name.Damaged : "";
            Drive.FailNext(DriveCall.Write, Errno.EIO, tear: Tear.RandomSectors);
            Drive.Called += (call, at, _, _) =>
            {
                // The new name is linked, and the flush before the old one goes fails.
                if (call == DriveCall.DirectoryFlush && !failed && Drive.Bytes($"{Root}/{aside}") != null && Drive.Bytes($"{Root}/{old}") != null)
                {
                    failed = true;
                    Drive.FailNext(DriveCall.DirectoryFlush, Errno.EIO);
                }
            };
            Append(log, before + 1, before + 3);
        }

        Assert.Single(Active());
        Drive.FailNoMore();
        var again = Drive.PowerCut(CutMode.All, 0);
        Assert.Equal(Numbers(1, before + 3), Recovered(again));
        Assert.Empty(Files(again, SegmentName.ActiveSuffix));
    }

    [Fact]
    public void Rule1_a_salvage_whose_writes_another_failed_flush_lost_is_not_trusted()
    {
        using var log = Open(FsyncPolicy.Always);
        Append(log, 1, 30, 300);
        var old = Assert.Single(Active());
        using var salvage = new Hold(Drive, (call, name) => call == DriveCall.Read && name == old);
        Drive.FailNext(DriveCall.Write, Errno.EIO);
        log.Append(Event(31)); // to a new segment
        salvage.WaitEntered();
        using var commit = new Hold(Drive, (call, name) => call == DriveCall.Flush && IsActive(name));
        var append = Soon.Run(() => log.Append(Event(32)));
        commit.WaitEntered();
        using var copied = new ManualResetEventSlim();
        Drive.Called += (call, name, _, _) =>
        {
            if (call == DriveCall.Write && IsSpare(name)) copied.Set();
        };
        salvage.Release();
        Assert.True(copied.Wait(Soon.Deadline, TestContext.Current.CancellationToken));
        Soon.Is(() => Files(Drive, SegmentName.SpareSuffix).Any(name => Drive.Bytes($"{Root}/{name}")!.Length > 0)); // the copy is written, not flushed
        Drive.FailNext(DriveCall.Flush, Errno.EIO, loseUnflushed: true, name: IsActive); // fsyncgate
        commit.Release();
        Assert.Equal(32, Soon.Result(append));
        Soon.Is(() => WasTold("SealFailed") || Files(Drive, SegmentName.DamagedSuffix).Count > 0);
        Assert.Equal(Numbers(1, 32), AfterCut());
        Assert.Equal(Numbers(1, 32), Read(Drive));
    }

    [Fact]
    public void Rule10_a_salvage_that_is_tried_again_for_want_of_room_stands_in_the_log_once()
    {
        using var log = Open(FsyncPolicy.Always);
        Append(log, 1, 30, 300);
        var old = Assert.Single(Active());
        Drive.FailNext(DriveCall.Rename, Errno.ENOSPC, name: name => name == old); // to its .damaged name, once the copy is sealed
        Drive.FailNext(DriveCall.Write, Errno.EIO);
        log.Append(Event(31)); // to a new segment; what the old one holds is salvaged
        Soon.Is(() => WasTold("SealWaits"));
        Soon.Is(() => Files(Drive, SegmentName.DamagedSuffix).Count > 0);
        Assert.Single(Sealed());
        Assert.Equal(Numbers(1, 31), AfterCut());
        Soon.Done(log.SealAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, Sealed().Count);
        Assert.Equal(Numbers(1, 31), Read(Drive));
        LogLab.SealedLines(Drive); // the chain
    }
}
