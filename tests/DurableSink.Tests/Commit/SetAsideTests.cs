using DurableSink.Segments;
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
}
