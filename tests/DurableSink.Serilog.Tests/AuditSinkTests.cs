using DurableSink.Sinks;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Xunit;

namespace DurableSink.Tests.Sinks;

/// <summary>AuditTo: durable when the call returns, else an exception to its caller.</summary>
public sealed class AuditSinkTests : SinkTest
{
    [Theory]
    [InlineData(FsyncPolicy.Always)]
    [InlineData(FsyncPolicy.Batch)]
    [InlineData(FsyncPolicy.Os)]
    public void D1_an_event_is_durable_when_the_call_returns_under_every_policy(FsyncPolicy policy)
    {
        using var log = Audit(o => (o.Fsync, o.BatchWindow) = (policy, TimeSpan.FromSeconds(10)));
        for (var n = 1; n <= 5; n++)
        {
            log.Verbose("Order {N}", n);
            Assert.Equal(Enumerable.Range(1, n), AfterCut());
        }
    }

    [Fact]
    public void A_drive_that_fails_throws_to_the_caller()
    {
        using var log = Audit(o => o.ShutdownTimeout = TimeSpan.Zero);
        log.Information("Order {N}", 1);
        Drive.FailNext(DriveCall.Write, Errno.EIO, count: int.MaxValue);
        var thrown = Assert.Throws<AggregateException>(() => log.Information("Order {N}", 2)); // Serilog's wrapping
        var reason = Assert.IsAssignableFrom<DurableLogException>(Assert.Single(thrown.InnerExceptions));
        Assert.Contains("errno 5", reason.ToString());
        Assert.Equal([1], AfterCut());
    }

    [Fact]
    public void A_drive_that_recovers_takes_events_again()
    {
        using var log = Audit();
        Drive.FailNext(DriveCall.Write, Errno.EIO, count: int.MaxValue);
        Assert.Throws<AggregateException>(() => log.Information("Order {N}", 1));
        Drive.FailNoMore();
        Soon.Is(() => Record.Exception(() => log.Information("Order {N}", 2)) is null);
        log.Dispose();
        Assert.Equal(2, Numbers(Drive).Last());
    }

    [Fact]
    public void The_other_sinks_get_the_event_all_the_same()
    {
        var (other, written) = (new Counting(), new Counting());
        using var log = new LoggerConfiguration()
            .AuditTo.Sink(new AuditSink(AuditOptions(o => o.ShutdownTimeout = TimeSpan.Zero), Logs)).AuditTo.Sink(other).WriteTo.Sink(written).CreateLogger();
        Drive.FailNext(DriveCall.Write, Errno.EIO, count: int.MaxValue);
        Assert.Throws<AggregateException>(() => log.Information("x"));
        Assert.Equal((1, 1), (other.Count, written.Count));
    }

    [Fact]
    public void An_event_that_is_too_long_throws_and_is_not_written()
    {
        using var log = Audit();
        var thrown = Assert.Throws<AggregateException>(() => log.Information("{Text}", new string('x', 1_000_000)));
        var reason = Assert.IsType<EventTooLargeException>(thrown.InnerException);
        Assert.InRange(reason.Bytes, 1_000_000, 1_001_000);
        Assert.Equal(16 << 10, reason.Limit);
        log.Information("Order {N}", 1);
        Assert.Equal([1], AfterCut());
    }

    [Fact]
    public void Of_64_threads_nothing_is_lost_and_each_event_is_durable_at_once()
    {
        const int Threads = 64;
        const int Each = 50;
        using var sink = new AuditSink(AuditOptions(), Logs);
        using var log = new LoggerConfiguration().AuditTo.Sink(sink).CreateLogger();
        using var borrowed = Logs.Borrow(AuditOptions());
        var threads = Enumerable.Range(0, Threads).Select(t => Soon.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                var before = borrowed.Log.DurableSequence;
                log.Information("Order {N}", (t * Each) + i);
                Assert.True(borrowed.Log.DurableSequence > before);
            }
        })).ToList();
        threads.ForEach(Soon.Done);
        Assert.Equal(Enumerable.Range(0, Threads * Each), AfterCut().Order());
    }

    [Fact]
    public void Threads_that_come_while_a_flush_runs_share_the_next_one()
    {
        using var sink = new AuditSink(AuditOptions(), Logs);
        using var log = new LoggerConfiguration().AuditTo.Sink(sink).CreateLogger();
        using var borrowed = Logs.Borrow(AuditOptions());
        log.Information("Order {N}", 0);
        using var hold = new Hold(Drive, DriveCall.Flush);
        var first = Soon.Run(() => log.Information("Order {N}", 1));
        hold.WaitEntered();
        var others = Enumerable.Range(2, 30).Select(n => Soon.Run(() => log.Information("Order {N}", n))).ToList();
        Soon.Is(() => borrowed.Log.LastSequence == 32);
        var flushes = Drive.Calls(DriveCall.Flush);
        hold.Release();
        Soon.Done(first);
        others.ForEach(Soon.Done);
        Assert.Equal(flushes + 1, Drive.Calls(DriveCall.Flush));
    }

    [Fact]
    public void It_rolls_and_retains()
    {
        using (var log = Audit(o => (o.SegmentBytes, o.RetainBytes) = (64 << 10, 256 << 10)))
        {
            for (var n = 0; n < 400; n++) log.Information("Order {N} {Text}", n, new string('x', 2000));
        }

        var first = new DurableLogReader(Root, Drive).Read().First();
        Assert.Equal(LogRecordKind.Gap, first.Kind); // the oldest segments were removed, and the reader says so
        Assert.True(new DurableLogReader(Root, Drive).Read().Select(record => record.Segment).Distinct().Count() > 2);
    }

    [Fact]
    public void It_opens_at_once_and_a_directory_that_cannot_be_used_throws_there()
    {
        Drive.FailNext(DriveCall.OpenDirectory, Errno.EIO, count: int.MaxValue);
        Assert.ThrowsAny<DurableLogException>(() => Audit());
        Drive.FailNoMore();
        using var log = Audit();
        Assert.Equal(2, Opened);
    }

    [Fact]
    public void After_disposal_a_call_throws()
    {
        var log = Audit();
        log.Information("Order {N}", 1);
        log.Dispose();
        log.Dispose();
        var thrown = Assert.Throws<AggregateException>(() => log.Information("Order {N}", 2));
        Assert.IsType<ObjectDisposedException>(thrown.InnerException);
        Assert.Equal([1], Numbers(Drive));
    }

    [Fact]
    public void A_minimum_level_and_a_level_switch_hold()
    {
        var levels = new LoggingLevelSwitch(LogEventLevel.Error);
        using var sink = new AuditSink(AuditOptions(), Logs);
        using (var log = new LoggerConfiguration().AuditTo.Sink(sink, LogEventLevel.Verbose, levels).CreateLogger())
        {
            log.Warning("Order {N}", 1);
            log.Error("Order {N}", 2);
            levels.MinimumLevel = LogEventLevel.Information;
            log.Warning("Order {N}", 3);
        }

        Assert.Equal([2, 3], Numbers(Drive));
    }

    private sealed class Counting : ILogEventSink
    {
        public int Count { get; private set; }

        public void Emit(LogEvent logEvent) => Count++;
    }
}
