using DurableSink.Segments;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Audit;

/// <summary>What the engine says of an event that a flush covered: segment and hash are those of the line that a reader finds.</summary>
public sealed class ReceiptPlaceTests : CommitTest
{
    public static TheoryData<FsyncPolicy> Policies => [FsyncPolicy.Always, FsyncPolicy.Batch, FsyncPolicy.Os];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Each_commits_first_line_carries_durable_and_its_hash_is_right_all_the_same(FsyncPolicy policy)
    {
        using var log = Open(policy);
        var places = new List<EventPlace>();
        for (var n = 1; n <= 20; n++) places.Add(Soon.Result(Write(log, n))); // a commit each: but for the first, each line carries @durable
        Assert.Contains("\"@durable\":", System.Text.Encoding.UTF8.GetString(Records(Drive)[2].Json.Span), StringComparison.Ordinal);
        AssertPlaces(places);
    }

    [Theory]
    [InlineData(TailBlockMode.Rewrite)]
    [InlineData(TailBlockMode.Pad)]
    public void Many_in_one_commit_and_across_rolls(TailBlockMode tail)
    {
        using var log = Open(FsyncPolicy.Always, o => (o.SegmentBytes, o.TailBlock) = (64 << 10, tail));
        var places = new List<EventPlace>();
        for (var round = 0; round < 6; round++)
        {
            using var hold = new Hold(Drive, DriveCall.Flush);
            var first = Write(log, 1, 300);
            hold.WaitEntered();
            var waiting = Enumerable.Range(2, 60).Select(n => Write(log, n, 300)).ToList(); // gather behind it
            hold.Release();
            places.Add(Soon.Result(first));
            places.AddRange(waiting.Select(Soon.Result));
        }

        Assert.True(places.Select(place => place.SegmentId).Distinct().Count() > 1);
        AssertPlaces(places);
    }

    [Theory]
    [InlineData(nameof(DriveCall.Flush), Errno.EIO)]
    [InlineData(nameof(DriveCall.Write), Errno.EIO)]
    public void D3_after_a_failure_it_is_the_new_segment_with_the_same_line(string call, int errno)
    {
        using var log = Open(FsyncPolicy.Always);
        var before = Soon.Result(Write(log, 1, 5000)); // its last block holds a part of it alone
        using var hold = new Hold(Drive, DriveCall.Flush);
        var ahead = Write(log, 2, 5000);
        hold.WaitEntered();
        var waiting = Enumerable.Range(3, 9).Select(n => Write(log, n, 300)).ToList();
        Drive.FailNext(Enum.Parse<DriveCall>(call), errno, loseUnflushed: true);
        hold.Release();
        List<EventPlace> places = [.. waiting.Select(Soon.Result)];
        Assert.True(WasTold("SegmentPoisoned"));
        Assert.All(places, place => Assert.NotEqual(before.SegmentId, place.SegmentId));
        AssertPlaces(places);
        AssertHashes([before, Soon.Result(ahead), .. places]); // of those acknowledged before, the segment may be another one by now
    }

    [Fact]
    public void A_full_drive_goes_on_in_the_same_segment_and_the_hash_is_that_of_the_last_issue()
    {
        using var log = Open(FsyncPolicy.Always);
        var first = Soon.Result(Write(log, 1, 500));
        Drive.FailNext(DriveCall.Write, Errno.ENOSPC, tear: Tear.RandomSectors);
        var second = Soon.Result(Write(log, 2, 9000)); // issued twice
        Assert.False(WasTold("SegmentPoisoned"));
        Assert.Equal(first.SegmentId, second.SegmentId);
        AssertPlaces([first, second]);
    }

    [Fact]
    public void Who_was_told_of_a_failure_gets_no_receipt_and_the_next_one_is_right()
    {
        using var log = Open(FsyncPolicy.Always);
        var first = Soon.Result(Write(log, 1, 500));
        Drive.FailNext(DriveCall.Flush, Errno.EIO, count: 2);
        var told = Write(log, 2, 500);
        Assert.Throws<DurableLogException>(() => Soon.Result(told));
        Drive.FailNoMore();
        var third = Soon.Result(Write(log, 3, 500));
        Assert.Equal(3, third.Sequence);
        Soon.Is(() => log.DurableSequence == 3); // and so is the second, for which nobody waits any more
        Assert.Equal(Numbers(1, 3), Read(Drive));
        AssertPlaces([third]);
        AssertHashes([first, third]);
    }

    [Fact]
    public void Pooled_waiters_do_not_hand_on_what_they_knew()
    {
        using var log = Open(FsyncPolicy.Always);
        var places = new List<EventPlace>();
        for (var n = 1; n <= 40; n += 2)
        {
            places.Add(Soon.Result(Write(log, n)));
            Assert.Equal(n + 1, Soon.Result(log.AppendAsync(Event(n + 1), TestContext.Current.CancellationToken)));
            if (n % 8 == 1) Soon.Done(log.SealAsync(TestContext.Current.CancellationToken));
        }

        AssertPlaces(places);
    }

    [Theory]
    [InlineData(nameof(CutMode.None))]
    [InlineData(nameof(CutMode.All))]
    public void After_a_cut_and_recovery_number_and_hash_stand(string mode)
    {
        using var log = Open(FsyncPolicy.Always);
        var places = Enumerable.Range(1, 12).Select(n => Soon.Result(Write(log, n, 500))).ToList();
        Drive.FailNext(DriveCall.Write, Errno.EIO, tear: Tear.RandomSectors); // some move to a new segment, the others are salvaged
        places.Add(Soon.Result(Write(log, 13, 500)));
        var cut = Drive.PowerCut(Enum.Parse<CutMode>(mode), 3);
        Assert.Equal(Numbers(1, 13), Recovered(cut));
        AssertHashes(places, cut);
        Assert.Contains(Records(cut), r => !r.Segment.Contains(places[0].SegmentId, StringComparison.Ordinal)); // not all are where they were
    }

    private static Task<EventPlace> Write(DurableLog log, long number, int filling = 0)
    {
        var body = Body(120 + filling);
        var text = System.Text.Encoding.ASCII.GetString(body).Replace("\"N\":1,", $"\"N\":{number},", StringComparison.Ordinal);
        return log.AppendLineAsync(System.Text.Encoding.ASCII.GetBytes(text), 0, TestContext.Current.CancellationToken, out _).AsTask();
    }

    private void AssertPlaces(IReadOnlyList<EventPlace> places)
    {
        var records = Records(Drive).ToDictionary(record => record.Sequence);
        foreach (var place in places)
        {
            var record = records[place.Sequence];
            Assert.Equal((place.Sequence, place.Hash), (record.Sequence, LineTrailer.HashOf(record.Json.Span)));
            Assert.Contains($"-{place.SegmentId}.clef", record.Segment, StringComparison.Ordinal);
        }
    }

    private void AssertHashes(IReadOnlyList<EventPlace> places, SimulatedDrive? drive = null)
    {
        var records = Records(drive ?? Drive).ToDictionary(record => record.Sequence);
        foreach (var place in places) Assert.Equal((place.Sequence, place.Hash), (place.Sequence, LineTrailer.HashOf(records[place.Sequence].Json.Span)));
    }

    private static List<LogRecord> Records(SimulatedDrive drive) => [.. new DurableLogReader(Root, drive).Read()];
}
