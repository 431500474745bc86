using DurableSink.Sinks;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.Logging;
using Serilog.Core;
using Serilog.Events;
using Xunit;

namespace DurableSink.Tests.Sinks;

/// <summary>WriteTo: nothing leaves the call, and what is lost is told once.</summary>
public sealed class LogSinkTests : SinkTest
{
    private static readonly LogEvent Event = Captured.With(("N", new ScalarValue(7)));

    [Fact]
    public void It_opens_with_the_first_event()
    {
        using var log = Log();
        Assert.Equal(0, Opened);
        log.Information("Order {N}", 1);
        log.Information("Order {N}", 2);
        Assert.Equal(1, Opened);
        log.Dispose();
        Assert.Equal([1, 2], Numbers(Drive));
    }

    [Fact]
    public void A_drive_that_fails_does_not_throw()
    {
        using var sink = new LogSink(LogOptions(o => (o.Fsync, o.ShutdownTimeout) = (FsyncPolicy.Always, TimeSpan.Zero)), Logs);
        sink.Emit(Event);
        Drive.FailNext(DriveCall.Write, Errno.EIO, count: int.MaxValue);
        for (var i = 0; i < 100; i++) sink.Emit(Event);
        Assert.True(WasTold("CommitsFail"));
        Assert.InRange(Notices.Count, 1, 40); // no flood
    }

    [Fact]
    public void A_directory_that_cannot_be_opened_is_told_once_counted_and_tried_again()
    {
        var clock = new FakeTime();
        using var sink = new LogSink(LogOptions(o => o.TimeProvider = clock), Logs);
        Drive.FailNext(DriveCall.OpenDirectory, Errno.EIO, count: int.MaxValue);
        for (var i = 0; i < 100; i++) sink.Emit(Event);
        var notice = Assert.Single(Notices);
        Assert.Equal((LogLevel.Critical, "OpenFailed"), (notice.Level, notice.Name));
        Assert.Contains("errno 5", notice.Message);
        Assert.Equal(1, Opened);

        clock.Advance(LateLog.RetryAfter);
        sink.Emit(Event);
        Assert.Equal(2, Opened);
        Assert.Single(Notices);

        Drive.FailNoMore();
        clock.Advance(LateLog.RetryAfter);
        sink.Emit(Event);
        Assert.Contains("101 events", Assert.Single(Notices, n => n.Name == "OpenedLate").Message);
        sink.Dispose();
        Assert.Contains("101 events", Assert.Single(Notices, n => n.Name == "EventsLost").Message);
        Assert.Equal([7], Numbers(Drive));
    }

    [Fact]
    public void An_event_of_a_closed_logger_is_told_of_once()
    {
        var sink = new LogSink(LogOptions(), Logs);
        sink.Emit(Event);
        sink.Dispose();
        for (var i = 0; i < 10; i++) sink.Emit(Event);
        var notice = Assert.Single(Notices, n => n.Name == "EventLost");
        Assert.Contains("closed", notice.Message);
        Assert.Equal([7], Numbers(Drive));
    }

    [Fact]
    public void A_logger_that_is_closed_before_its_first_event_opens_nothing()
    {
        var sink = new LogSink(LogOptions(), Logs);
        sink.Dispose();
        sink.Emit(Event);
        Assert.Equal(0, Opened);
    }

    [Fact]
    public void A_listener_that_throws_and_logs_harms_nobody()
    {
        LogSink? sink = null;
        using var _ = sink = new LogSink(LogOptions(o => o.OnNotice = notice =>
        {
            sink!.Emit(Event); // also while it opens: cannot be written, must not hang
            throw new InvalidOperationException(notice.Name);
        }), Logs);
        Soon.Done(Soon.Run(() => sink.Emit(Event)));
        sink.Dispose();
        Assert.Equal(1, Opened);
        Assert.Equal([7], Numbers(Drive));
    }

    [Fact]
    public void A_listener_that_logs_through_another_sink_of_the_same_log_while_it_opens_opens_nothing_twice()
    {
        LogSink? other = null;
        var options = LogOptions(o => o.OnNotice = notice => other!.Emit(Event));
        using var sink = new LogSink(options, Logs);
        other = new LogSink(options, Logs);
        Soon.Done(Soon.Run(() => sink.Emit(Event)));
        Assert.Equal(1, Opened);
        sink.Dispose();
        other.Dispose();
        Assert.Equal([7], Numbers(Drive));
    }

    [Fact]
    public void An_event_that_is_too_long_is_shortened()
    {
        using (var log = Log()) log.Information("{Text}", new string('x', 1_000_000));
        Assert.True((bool?)Assert.Single(Read(Drive))["Truncated"]);
    }

    [Fact]
    public void Chosen_events_are_durable_when_the_call_returns()
    {
        using var log = Log(o => (o.AlwaysLevel, o.AlwaysCategories, o.BatchWindow) = (LogEventLevel.Error, ["Audit."], TimeSpan.FromSeconds(10)));
        log.Information("Order {N}", 1);
        Assert.Empty(AfterCut());
        log.Error("Order {N}", 2);
        Assert.Equal([1, 2], AfterCut());
        log.ForContext(Constants.SourceContextPropertyName, "Shop").Information("Order {N}", 3);
        Assert.Equal([1, 2], AfterCut());
        log.ForContext(Constants.SourceContextPropertyName, "audit.Orders").Information("Order {N}", 4);
        Assert.Equal([1, 2, 3, 4], AfterCut());
    }

    [Theory]
    [InlineData(FsyncPolicy.Always, true)]
    [InlineData(FsyncPolicy.Batch, false)]
    public void The_policy_decides_what_a_return_means(FsyncPolicy policy, bool isDurable)
    {
        using var log = Log(o => (o.Fsync, o.BatchWindow) = (policy, TimeSpan.FromSeconds(10)));
        log.Information("Order {N}", 1);
        Assert.Equal(isDurable ? [1] : [], AfterCut());
    }

    [Fact]
    public void An_event_allocates_nothing()
    {
        using var sink = new LogSink(LogOptions(), Logs);
        var e = Captured.Event(log => log.Information("Order {N} of {Customer} at {Price}", 1, "Ada", 2.5m));
        Soon.Is(() => AllocatedBy(() => sink.Emit(e)) == 0); // the runtime's own search in a string allocates until it is compiled at full strength
    }

    private static long AllocatedBy(Action call)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private sealed class FakeTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _now);

        public void Advance(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);
    }
}
