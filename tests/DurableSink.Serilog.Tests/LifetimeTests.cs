using DurableSink.Sinks;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Serilog;
using Serilog.Events;
using Xunit;

namespace DurableSink.Tests.Sinks;

/// <summary>Opening, sharing and closing.</summary>
public sealed class LifetimeTests : SinkTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Closing_loses_nothing(bool isAsync)
    {
        var log = Log(o => o.BatchWindow = TimeSpan.FromSeconds(10));
        for (var n = 1; n <= 1000; n++) log.Information("Order {N}", n);
        if (isAsync) await log.DisposeAsync();
        else log.Dispose();
        Assert.Equal(Enumerable.Range(1, 1000), Numbers(Drive.PowerCut(CutMode.None, 0))); // and is sealed
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_sink_that_is_restricted_to_a_level_is_closed_too(bool isAsync)
    {
        var log = new LoggerConfiguration().WriteTo.Sink(new LogSink(LogOptions(), Logs), LogEventLevel.Warning).CreateLogger();
        log.Information("Order {N}", 1);
        log.Warning("Order {N}", 2);
        if (isAsync) await log.DisposeAsync();
        else log.Dispose();
        Assert.Equal([2], Numbers(Drive.PowerCut(CutMode.None, 0)));
    }

    [Fact]
    public async Task The_static_logger_is_closed_and_flushed()
    {
        using var directory = new TempDirectory();
        Serilog.Log.Logger = new LoggerConfiguration()
            .AuditTo.DurableFile(o => (o.Directory, o.LogName) = (directory["audit"], "audit"), LogEventLevel.Error)
            .WriteTo.DurableFile(o => (o.Directory, o.LogName) = (directory["app"], "app"))
            .CreateLogger();
        for (var n = 1; n <= 1000; n++) Serilog.Log.Information("Order {N}", n);
        Serilog.Log.Error("Order {N}", 0);
        await Serilog.Log.CloseAndFlushAsync();
        Assert.Equal(1001, new DurableLogReader(directory["app"]).Read().Count());
        Assert.Single(new DurableLogReader(directory["audit"]).Read());
        Assert.All(Directory.GetFiles(directory.Path, "*.clef*", SearchOption.AllDirectories), file => Assert.EndsWith(".clef", file));
    }

    [Fact]
    public void Two_sinks_on_one_directory_share_its_log()
    {
        var log = new LoggerConfiguration()
            .AuditTo.Sink(new AuditSink(AuditOptions(), Logs), LogEventLevel.Error)
            .WriteTo.Sink(new LogSink(AuditOptions(), Logs)).CreateLogger();
        log.Information("Order {N}", 1);
        log.Error("Order {N}", 2);
        Assert.Equal(1, Opened);
        log.Dispose();
        Assert.Equal(3, Read(Drive).Count); // the error through both
        Audit().Dispose(); // the directory is free again
    }

    [Fact]
    public void With_other_options_the_second_one_fails_and_says_which()
    {
        using var log = Audit();
        var thrown = Assert.Throws<InvalidOperationException>(() => Audit(o => o.SegmentBytes = 2 << 20));
        Assert.Contains($"'{Root}' is open in this process with SegmentBytes = 1MiB, not 2MiB", thrown.Message);
        Assert.Throws<InvalidOperationException>(() => Audit(o => o.TimeProvider = new OtherTime()));

        using (var second = Log()) second.Information("x"); // does not throw: told
        Assert.Contains("Fsync = Always, not Batch", Assert.Single(Notices, n => n.Name == "OpenFailed").Message);
        log.Information("Order {N}", 1); // the first one lives
    }

    [Fact]
    public void A_shared_log_closes_with_its_last_sink_and_each_makes_its_events_durable()
    {
        var first = Log(o => o.BatchWindow = TimeSpan.FromSeconds(10));
        var second = Log(o => o.BatchWindow = TimeSpan.FromSeconds(10));
        first.Information("Order {N}", 1);
        second.Information("Order {N}", 2);
        Assert.Empty(AfterCut());
        first.Dispose();
        Assert.Equal([1, 2], AfterCut());
        first.Information("Order {N}", 3); // closed, though the log is open
        second.Information("Order {N}", 4);
        second.Dispose();
        Assert.Equal([1, 2, 4], Numbers(Drive));
        Assert.Equal(1, Opened);
    }

    [Fact]
    public void An_opening_that_fails_keeps_nobody_else_out()
    {
        Drive.FailNext(DriveCall.OpenDirectory, Errno.EIO);
        Assert.ThrowsAny<DurableLogException>(() => Audit(o => o.SegmentBytes = 2 << 20));
        using var log = Audit(); // other options: the failed one has left nothing
        log.Information("Order {N}", 1);
    }

    [Fact]
    public void Closing_while_many_threads_log_hangs_nobody_and_keeps_what_was_acknowledged()
    {
        var log = Audit();
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<int>();
        var started = new CountdownEvent(8);
        var threads = Enumerable.Range(0, 8).Select(t => Soon.Run(() =>
        {
            for (var i = 0; ; i++)
            {
                try
                {
                    log.Information("Order {N}", (t * 1_000_000) + i);
                    acknowledged.Add((t * 1_000_000) + i);
                }
                catch (AggregateException)
                {
                    return; // closed
                }
                finally
                {
                    if (i == 0) started.Signal();
                }
            }
        })).ToList();
        Assert.True(started.Wait(Soon.Deadline, TestContext.Current.CancellationToken));
        log.Dispose();
        threads.ForEach(Soon.Done);
        Assert.Subset(Numbers(Drive).ToHashSet(), acknowledged.ToHashSet());
    }

    private sealed class OtherTime : TimeProvider;
}
