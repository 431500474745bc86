using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>Somebody removes what the log has open: an event in a file without a name is not durable (D1).</summary>
public sealed class RemovedFilesTests : CommitTest
{
    public static TheoryData<FsyncPolicy> Policies => [FsyncPolicy.Always, FsyncPolicy.Batch, FsyncPolicy.Os];

    [Theory]
    [MemberData(nameof(Policies))]
    public void D1_an_event_written_to_a_removed_file_is_acknowledged_from_another_one(FsyncPolicy policy)
    {
        using var log = Open(policy);
        Append(log, 1, 12, 500); // more than the tail block, which is kept in memory (rule 3)
        log.Flush();
        Drive.Remove($"{Root}/{Assert.Single(Active())}");
        log.Append(Event(13));
        log.Flush();
        Assert.True(WasTold("SegmentPoisoned"));
        Soon.Is(() => Sealed().Count == 1); // what was in the removed file is still open: salvaged
        log.Append(Event(14));
        log.Flush();
        Assert.Equal(Numbers(1, 14), AfterCut());
        Assert.Empty(Files(Drive, SegmentName.DamagedSuffix));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_removed_directory_is_made_anew_and_the_log_goes_on_in_it(FsyncPolicy policy)
    {
        using var log = Open(policy);
        Append(log, 1, 12, 500);
        log.Flush();
        Drive.RemoveDirectory(Root);
        log.Append(Event(13));
        log.Flush();
        Soon.Is(() => WasTold("DirectoryRemoved")); // by the keeper, where that was first
        Soon.Is(() => Sealed().Count == 1);
        log.Append(Event(14));
        log.Flush();
        Assert.Equal(Numbers(1, 14), AfterCut()); // the active segment was still open: nothing is lost
        using var directory = Drive.OpenDirectory(Root, DirectorySettings.ForReading, create: false);
        Assert.Equal(log.LogId, LogIdentity.Read(directory).LogId);
        Assert.Throws<DurableLogLockedException>(() => DurableLog.OpenOn(Drive, new() { Directory = Root, LogName = "test", LockTimeout = TimeSpan.Zero })); // D8
    }

    [Fact]
    public void A_directory_removed_between_segments_is_made_anew_by_the_next_event()
    {
        using var log = Open(FsyncPolicy.Always);
        Append(log, 1, 3);
        Soon.Done(log.SealAsync(TestContext.Current.CancellationToken));
        Drive.RemoveDirectory(Root);
        Assert.Equal(4, log.Append(Event(4)));
        Assert.Equal(4, log.DurableSequence);
        var records = new DurableLogReader(Root, Drive.PowerCut(CutMode.None, 0)).Read().ToList();
        Assert.Equal([(LogRecordKind.Gap, 1L, 3L), (LogRecordKind.Event, 4L, 4L)], records.Select(r => (r.Kind, r.Sequence, r.LastSequence)));
    }

    [Fact]
    public void D8_a_directory_that_another_process_has_made_anew_and_holds_is_not_written_to()
    {
        using var log = Open(FsyncPolicy.Always);
        Append(log, 1, 12, 500);
        Soon.Is(() => Files(Drive, SegmentName.SpareSuffix).Count == 1); // the keeper has done its work: it would notice the removal first
        Drive.RemoveDirectory(Root);
        using (DurableLog.OpenOn(Drive, new() { Directory = Root, LogName = "test" }))
        {
            var error = Assert.Throws<DurableLogException>(() => log.Append(Event(13)));
            Assert.IsType<DurableLogLockedException>(error.InnerException);
        }

        var other = Assert.Throws<DurableLogException>(() => log.Append(Event(14)));
        Assert.Contains("now holds another one", other.Message, StringComparison.Ordinal);
        Assert.Empty(Active());
        Drive.RemoveDirectory(Root);
        Soon.Is(() => log.DurableSequence == 14); // nobody lost anything that could be kept
        Soon.Is(() => Sealed().Count == 1);
        Assert.Equal(Numbers(1, 14), AfterCut());
    }
}
