using DurableSink.Segments;
using DurableSink.Tests.Commit;
using Xunit;

namespace DurableSink.Tests;

/// <summary>Rule 11: a reader is told of what was removed, by a gap that is exact: everything is either returned or declared.</summary>
public sealed class ReaderRetentionTests : CommitTest
{
    private const int Most = 128 << 10;

    [Fact]
    public void One_that_begins_before_the_first_kept_event_gets_a_gap()
    {
        using var log = Open(FsyncPolicy.Always, Small);
        Seal(log, 1, 12);
        Soon.Is(() => Sealed().Count <= 4);
        var records = new DurableLogReader(Root, Drive).Read(LogPosition.FromSequence(3)).ToList();
        Assert.Equal((LogRecordKind.Gap, 3), (records[0].Kind, records[0].Sequence));
        CheckWhole(records, 3, 12);
        CheckWhole([.. new DurableLogReader(Root, Drive).Read()], 1, 12);
    }

    [Fact]
    public void A_listing_that_misses_a_segment_while_it_is_renamed_makes_no_gap()
    {
        using var log = Open(FsyncPolicy.Always, o => o.SegmentBytes = 64 << 10);
        Append(log, 1, 30, 8000);
        Soon.Is(() => Sealed().Count >= 3);
        foreach (var missed in Sealed())
        {
            Drive.MissedByNextList = missed;
            Assert.Equal(Numbers(1, 30), Read(Drive));
            Assert.Null(Drive.MissedByNextList);
        }
    }

    [Fact]
    public void One_that_is_overtaken_between_two_segments_gets_a_gap()
    {
        using var log = Open(FsyncPolicy.Always, Small);
        Seal(log, 1, 3);
        var reading = new DurableLogReader(Root, Drive).Read().GetEnumerator();
        Assert.True(reading.MoveNext());
        var records = new List<LogRecord> { reading.Current };
        Seal(log, 4, 20);
        Soon.Is(() => Sealed().Count <= 4);
        while (reading.MoveNext()) records.Add(reading.Current);
        Assert.Equal(1, records.Count(r => r.Kind == LogRecordKind.Gap));
        CheckWhole(records, 1, 20);
    }

    [Fact]
    public void One_that_is_overtaken_in_the_middle_of_a_segment_gets_a_gap()
    {
        const int Big = 4 << 20;
        using var log = Open(FsyncPolicy.Batch, o => (o.SegmentBytes, o.RetainBytes) = (Big, 2 * Big));
        Append(log, 1, 300, 12_000); // more than a reader takes at once
        Soon.Done(log.SealAsync(TestContext.Current.CancellationToken));
        var reading = new DurableLogReader(Root, Drive).Read().GetEnumerator();
        var records = new List<LogRecord>();
        for (var i = 0; i < 10 && reading.MoveNext(); i++) records.Add(reading.Current);
        var first = Sealed()[0];
        Append(log, 301, 600, 12_000);
        Soon.Done(log.SealAsync(TestContext.Current.CancellationToken));
        Soon.Is(() => !Sealed().Contains(first));
        while (reading.MoveNext()) records.Add(reading.Current);
        var gap = Assert.Single(records, r => r.Kind == LogRecordKind.Gap);
        Assert.InRange(gap.Sequence, 11, 299);
        Assert.Equal(300, gap.LastSequence);
        CheckWhole(records, 1, 600);
    }

    [Fact]
    public Task A_follower_that_is_overtaken_gets_gaps_and_misses_nothing_else() => Follow(Drive, Options(FsyncPolicy.Batch, Small));

    [Fact]
    public async Task The_same_on_a_real_file_system()
    {
        using var temp = new TempDirectory();
        var options = Options(FsyncPolicy.Batch, Small);
        options.Directory = temp["log"];
        await Follow(DurableSink.Storage.LogStorage.ForThisPlatform(), options);
        var left = Directory.GetFiles(temp["log"], "*.clef").Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        Assert.InRange(left.Sum(name => new FileInfo(Path.Combine(temp["log"], name!)).Length), 1, Most);
        var records = new DurableLogReader(temp["log"]).Read().ToList();
        Assert.Equal(LogRecordKind.Gap, records[0].Kind);
        Assert.True(SegmentName.TryParseSealed(left[0]!, out var first));
        Assert.Equal(first.FirstSequence - 1, records[0].LastSequence);
        CheckWhole(records, 1, 300);
    }

    /// <summary>Removal all the time, under a reader that comes too late now and then.</summary>
    private static async Task Follow(DurableSink.Storage.ILogStorage storage, DurableLogOptions options)
    {
        const int Events = 300;
        var cancellation = TestContext.Current.CancellationToken;
        await using var log = DurableLog.OpenOn(storage, options);
        log.Append(Event(1, 3000));
        log.Flush();
        var records = new List<LogRecord>();
        using var overtaken = new SemaphoreSlim(0);
        var reading = Task.Run(async () =>
        {
            var reader = new DurableLogReader(options.Directory!, storage) { PollInterval = TimeSpan.FromMilliseconds(1) };
            await foreach (var record in reader.FollowAsync(cancellationToken: cancellation))
            {
                records.Add(record);
                if (records.Count is 1 or 40) await overtaken.WaitAsync(cancellation);
                if (record.LastSequence >= Events) break;
            }
        }, cancellation);
        for (var n = 2; n <= Events; n++)
        {
            log.Append(Event(n, 3000));
            if (n % 3 == 0) await log.SealAsync(cancellation);
            if (n is 100 or 250) overtaken.Release(); // so far behind that what comes next for it is gone
        }

        await log.SealAsync(cancellation);
        await reading.WaitAsync(Soon.Deadline, cancellation);
        Assert.True(records.Any(r => r.Kind == LogRecordKind.Gap), "Never overtaken.");
        CheckWhole(records, 1, Events);
    }

    private static void CheckWhole(List<LogRecord> records, long from, long to)
    {
        var next = from;
        foreach (var record in records)
        {
            Assert.Contains(record.Kind, new[] { LogRecordKind.Event, LogRecordKind.Gap });
            Assert.Equal(next, record.Sequence);
            Assert.True(record.LastSequence >= record.Sequence);
            next = record.LastSequence + 1;
        }

        Assert.Equal(to + 1, next);
    }

    private static void Small(DurableLogOptions options) => (options.SegmentBytes, options.RetainBytes) = (64 << 10, Most);

    private static void Seal(DurableLog log, long from, long to)
    {
        for (var n = from; n <= to; n++)
        {
            log.Append(Event(n, 14_000));
            Soon.Done(log.SealAsync(TestContext.Current.CancellationToken));
        }
    }
}
