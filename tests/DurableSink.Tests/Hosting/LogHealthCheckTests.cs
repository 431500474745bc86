using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Audit;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Logging;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Hosting;

/// <summary>Each state is made to happen on the simulated drive, and ends.</summary>
public sealed class LogHealthCheckTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_logs_of_a_host_are_healthy_and_their_figures_are_in_the_data()
    {
        using var app = new AuditApp(builder =>
        {
            builder.Logging.AddDurableFile(o => (o.LogName, o.Preallocation) = ("app", PreallocationMode.None));
            builder.Services.AddDurableAudit("orders", AuditApp.Choose);
            builder.Services.AddHealthChecks().AddDurableLog(tags: ["ready"]);
        });
        await app.Host.StartAsync(Token);
        await app.Only.Write("Order {Id}", 1);
        await app.Only.Write("Order {Id}", 2);

        var entry = await Check(app.Services);
        Assert.Equal((HealthStatus.Healthy, "All logs make events durable."), (entry.Status, entry.Description));
        Assert.Equal(["ready"], entry.Tags);
        Assert.Equal(["app", "orders"], entry.Data.Keys.Order());
        var orders = Assert.IsType<DurableLogStatus>(entry.Data["orders"]);
        Assert.Equal(
            ("/app/logs/orders", 2L, 2L, 0L, 0L, 1L, 0L, true, null),
            (orders.Directory, orders.LastSequence, orders.DurableSequence, orders.Waiters, orders.BufferedBytes, orders.ActiveSegments, orders.SealedSegments, orders.IsDirectIO, orders.Failure));
        Assert.Empty(orders.Notices);
        await app.Host.StopAsync(Token);
    }

    [Fact]
    public async Task A_container_without_a_log_is_unhealthy()
    {
        await using var services = new ServiceCollection().AddLogging().AddHealthChecks().AddDurableLog().Services.BuildServiceProvider();
        var entry = await Check(services);
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("no durable log", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_is_not_open_is_unhealthy_and_says_why()
    {
        using var app = new LoggingApp(o => o.LogName = "app", AddCheck) { OpenFailsWith = new DurableLogException("no such drive.") };
        Assert.Equal((HealthStatus.Unhealthy, "Log 'app': it is not open yet."), await Judged(app.Services));
        Assert.Empty(app.Opened); // a probe opens nothing
        app.Logger().LogInformation("lost");
        Assert.Equal((HealthStatus.Unhealthy, "Log 'app': it cannot be opened, and 1 events are lost. no such drive."), await Judged(app.Services));
    }

    [Fact]
    public async Task A_log_whose_options_are_not_valid_is_unhealthy()
    {
        using var app = new LoggingApp(o => (o.LogName, o.SegmentBytes) = ("app", 1), AddCheck);
        app.Logger().LogInformation("lost");
        var (status, text) = await Judged(app.Services);
        Assert.Equal(HealthStatus.Unhealthy, status);
        Assert.Contains("SegmentBytes is 1. Allowed", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_drive_is_unhealthy_until_there_is_room()
    {
        using var app = Open();
        app.Drive.CapacityBytes = app.Drive.UsedBytes;
        Assert.Throws<DurableLogException>(() => app.Log.Append(DurableEvent.Create("Event {Filling}", new string('x', 9000))));
        var (status, text) = await Judged(app.Services);
        Assert.Equal(HealthStatus.Unhealthy, status);
        Assert.StartsWith("Log 'app': nothing becomes durable beyond event 1; accepted are 2.", text, StringComparison.Ordinal);
        Assert.Contains("errno 28", text, StringComparison.Ordinal);
        app.Drive.CapacityBytes = long.MaxValue;
        Soon.Is(() => app.Log.DurableSequence == 2);
        IsHealthySoon(app);
    }

    [Fact]
    public async Task A_drive_whose_flushes_fail_is_unhealthy_until_one_succeeds()
    {
        using var app = Open();
        foreach (var call in new[] { DriveCall.WriteDurable, DriveCall.Flush, DriveCall.DirectoryFlush }) app.Drive.FailNext(call, Errno.EIO, count: int.MaxValue);
        Assert.Throws<DurableLogException>(() => app.Log.Append(DurableEvent.Create("Event")));
        var (status, text) = await Judged(app.Services);
        Assert.Equal(HealthStatus.Unhealthy, status);
        Assert.Contains("errno 5", text, StringComparison.Ordinal);
        app.Drive.FailNoMore();
        IsHealthySoon(app);
    }

    [Fact]
    public async Task A_flush_that_hangs_is_degraded_after_a_second_and_unhealthy_after_FlushTimeout()
    {
        var clock = new FakeClock();
        using var app = Open(o => (o.TimeProvider, o.FlushTimeout) = (clock, TimeSpan.FromSeconds(5)));
        using var hold = new Hold(app.Drive, DriveCall.Flush, DriveCall.WriteDurable);
        var waiting = Soon.Run(() => app.Log.Append(DurableEvent.Create("Event")));
        hold.WaitEntered();
        Assert.Equal(HealthStatus.Healthy, (await Judged(app.Services)).Status);
        clock.Advance(TimeSpan.FromSeconds(2));
        IsSoon(app, HealthStatus.Degraded, "has not returned for 2.0 s");
        clock.Advance(TimeSpan.FromSeconds(4));
        IsSoon(app, HealthStatus.Unhealthy, "has not answered for 6.0 s");
        hold.Release();
        Soon.Done(waiting);
        IsHealthySoon(app);
    }

    [Fact]
    public async Task A_buffer_that_fills_is_degraded_and_so_is_what_is_dropped()
    {
        using var app = Open(o => (o.BufferBytes, o.MaxEventBytes, o.BlockTimeout, o.Fsync) = (64 << 10, 4 << 10, TimeSpan.Zero, FsyncPolicy.Batch));
        using var hold = new Hold(app.Drive, DriveCall.Flush, DriveCall.WriteDurable, DriveCall.Write);
        var logger = app.Logger();
        while (app.Log.GetStatus().BufferedBytes <= 32 << 10) logger.LogInformation("{Filling}", new string('x', 2000));
        var (status, text) = await Judged(app.Services);
        Assert.Equal(HealthStatus.Degraded, status);
        Assert.Contains("of 64KiB in the buffer wait for the drive, events 2 to ", text, StringComparison.Ordinal);
        while (app.Notices.All(notice => notice.Name != "EventsDropped")) logger.LogInformation("{Filling}", new string('x', 2000));
        Assert.Contains("Events are dropped", (await Judged(app.Services)).Text, StringComparison.Ordinal);
        hold.Release();
        app.Log.Flush();
        Assert.Contains("Events are dropped", (await Judged(app.Services)).Text, StringComparison.Ordinal); // none was accepted since
        logger.LogInformation("accepted");
        IsHealthySoon(app);
    }

    [Fact]
    public async Task A_log_that_a_shipper_holds_is_unhealthy()
    {
        using var app = Open();
        app.Log.Hold("Too much waits to be shipped.");
        Assert.Equal((HealthStatus.Unhealthy, "Log 'app': nothing becomes durable beyond event 1; accepted are 1. Too much waits to be shipped."), await Judged(app.Services));
        app.Log.Hold(null);
        Assert.Equal(HealthStatus.Healthy, (await Judged(app.Services)).Status);
    }

    [Fact]
    public async Task A_segment_that_waits_to_be_sealed_is_degraded_until_it_is()
    {
        using var app = Open();
        app.Drive.CapacityBytes = app.Drive.UsedBytes;
        Assert.Throws<DurableIOException>(() => Soon.Done(app.Log.SealAsync(Token)));
        var (status, text) = await Judged(app.Services);
        Assert.True(status == HealthStatus.Degraded, text);
        Assert.Contains("seal", text, StringComparison.Ordinal);
        app.Drive.CapacityBytes = long.MaxValue;
        IsHealthySoon(app);
    }

    [Theory]
    [InlineData(DirectIOMode.Auto, HealthStatus.Degraded)]
    [InlineData(DirectIOMode.Off, HealthStatus.Healthy)]
    public async Task D10_direct_IO_that_was_refused_is_degraded_unless_it_was_not_asked_for(DirectIOMode mode, HealthStatus expected)
    {
        using var app = new DriveApp(o => (o.DirectIO, o.Fsync) = (mode, FsyncPolicy.Always), AddCheck);
        app.Drive.IsDirect = false;
        app.Log.Append(DurableEvent.Create("Event"));
        Assert.Equal(expected, (await Judged(app.Services)).Status);
    }

    [Fact]
    public async Task A_buffer_that_cannot_outlive_the_process_is_degraded()
    {
        using var app = new DriveApp(build: AddCheck);
        app.Drive.HasSharedMemory = false;
        app.Log.Append(DurableEvent.Create("Event"));
        var (status, text) = await Judged(app.Services);
        Assert.Equal(HealthStatus.Degraded, status);
        Assert.Contains("this process's memory only", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_that_opening_found_is_degraded()
    {
        var drive = new SimulatedDrive(seed: 1);
        var options = new DurableFileOptions();
        DriveApp.Choose(options);
        options.Fsync = FsyncPolicy.Always;
        var crashed = DurableLog.OpenOn(drive, options);
        for (var i = 0; i < 3; i++) crashed.Append(DurableEvent.Create("Event {N} {Filling}", i, new string('x', 6000)));
        var copy = drive.ProcessCrash();
        crashed.Dispose();
        var name = NamesIn(copy, options.Directory!).Single(name => name.EndsWith(SegmentName.ActiveSuffix, StringComparison.Ordinal));
        var bytes = copy.Bytes($"{options.Directory}/{name}")!;
        bytes[7000] ^= 1;
        copy.Plant($"{options.Directory}/{name}", bytes);

        var services = new ServiceCollection();
        services.AddSingleton(_ => DriveApp.OnDrive(copy));
        services.AddLogging(builder =>
        {
            AddCheck(builder);
            builder.AddDurableFile(DriveApp.Choose);
        });
        await using var provider = services.BuildServiceProvider();
        Assert.False(provider.GetRequiredService<DurableLog>().RecoveryReport.IsClean);
        var (status, text) = await Judged(provider);
        Assert.Equal(HealthStatus.Degraded, status);
        Assert.Contains("Opening found damage", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_log_is_unhealthy()
    {
        using var log = DurableLog.OpenOn(new SimulatedDrive(seed: 1), new() { Directory = "/log", LogName = "app", LockTimeout = TimeSpan.Zero });
        Assert.Null(log.GetStatus().Failure);
        await log.DisposeAsync();
        Assert.Equal("The log is closed.", log.GetStatus().Failure);
    }

    /// <summary>Under Always, with one event in it.</summary>
    private static DriveApp Open(Action<DurableFileOptions>? configure = null)
    {
        var app = new DriveApp(
            o =>
            {
                o.Fsync = FsyncPolicy.Always;
                configure?.Invoke(o);
            },
            AddCheck);
        app.Log.Append(DurableEvent.Create("First {Filling}", new string('x', 500)));
        app.Log.Flush();
        return app;
    }

    private static IReadOnlyList<string> NamesIn(SimulatedDrive drive, string path)
    {
        using var directory = drive.OpenDirectory(path, DirectorySettings.ForReading, create: false);
        return directory.List();
    }

    /// <summary>What the framework logs about a check goes elsewhere: under Always it would wait for the very drive that is looked at.</summary>
    private static void AddCheck(ILoggingBuilder builder)
    {
        builder.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Services.AddHealthChecks().AddDurableLog();
    }

    private static async Task<HealthReportEntry> Check(IServiceProvider services) =>
        (await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token)).Entries["durable-log"];

    private static async Task<(HealthStatus Status, string Text)> Judged(IServiceProvider services)
    {
        var entry = await Check(services);
        return (entry.Status, entry.Description!);
    }

    private static void IsHealthySoon(DriveApp app) => IsSoon(app, HealthStatus.Healthy, "");

    private static void IsSoon(DriveApp app, HealthStatus expected, string part) => Soon.Is(() =>
    {
        var (status, text) = Soon.Result(Judged(app.Services));
        return status == expected && text.Contains(part, StringComparison.Ordinal);
    }, $"{expected} with '{part}'");
}
