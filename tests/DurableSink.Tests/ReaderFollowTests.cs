using DurableSink.Tests.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests;

/// <summary>A reader that follows while a writer writes, rolls and seals.</summary>
public sealed class ReaderFollowTests
{
    [Theory]
    [InlineData(TailBlockMode.Rewrite, PreallocationMode.Written)]
    [InlineData(TailBlockMode.Pad, PreallocationMode.Reserved)]
    [InlineData(TailBlockMode.Rewrite, PreallocationMode.None)]
    public async Task No_event_is_missing_or_comes_twice_across_rolls_and_seals(TailBlockMode tail, PreallocationMode room)
    {
        const int Events = 3000;
        var cancellation = TestContext.Current.CancellationToken;
        var options = new DurableLogOptions
        {
            Directory = LogLab.Root,
            LogName = "orders",
            Fsync = FsyncPolicy.Batch,
            BatchWindow = TimeSpan.FromMilliseconds(1),
            TailBlock = tail,
            Preallocation = room,
            SegmentBytes = 128 << 10,
            MaxEventBytes = 8 << 10,
        };
        var drive = new SimulatedDrive(5);
        await using var log = DurableLog.OpenOn(drive, options);
        var reading = Task.Run(() => Follow(drive, Events, cancellation), cancellation);
        for (var i = 1; i <= Events; i++)
        {
            log.Append(DurableEvent.Create("Event {N} {Text}", i, new string('x', i % 300)));
            if (i % 500 == 0) await log.SealAsync(cancellation);
            if (i % 50 == 0) await log.FlushAsync(cancellation);
        }

        var records = await reading;
        Assert.All(records, r => Assert.Equal(LogRecordKind.Event, r.Kind));
        Assert.Equal(LogLab.Range(1, Events), records.Select(r => r.Sequence));
        Assert.True(records.Select(r => r.Segment.Replace(".active", "", StringComparison.Ordinal)).Distinct().Count() >= 6);
    }

    [Fact]
    public async Task A_cancelled_follower_ends()
    {
        using var cancelled = new CancellationTokenSource();
        var reader = new DurableLogReader(LogLab.Root, LogLab.Drive((new SegmentText().Name.Active, new SegmentText().Commit(3).Active())));
        var seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var record in reader.FollowAsync(cancellationToken: cancelled.Token))
            {
                if (++seen == 3) await cancelled.CancelAsync();
            }
        });
        Assert.Equal(3, seen);
    }

    private static async Task<List<LogRecord>> Follow(SimulatedDrive drive, int events, CancellationToken cancellation)
    {
        var reader = new DurableLogReader(LogLab.Root, drive) { PollInterval = TimeSpan.FromMilliseconds(1) };
        var records = new List<LogRecord>();
        await foreach (var record in reader.FollowAsync(cancellationToken: cancellation))
        {
            records.Add(record);
            if (record.LastSequence >= events) break;
        }

        return records;
    }
}
