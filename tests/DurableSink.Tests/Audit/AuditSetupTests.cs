using System.Collections.Concurrent;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace DurableSink.Tests.Audit;

/// <summary>AddDurableAudit: names, options, opening.</summary>
public sealed class AuditSetupTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Several_logs_by_their_names_each_in_its_directory()
    {
        using var app = Two();
        var (order, login) = (Soon.Result(app.Audit("orders").Write("order")), Soon.Result(app.Audit("logins").Write("login")));
        Assert.NotEqual(order.LogId, login.LogId);
        Assert.Equal("order", Assert.Single(app.Read("/app/logs/orders")).GetProperty("@mt").GetString());
        Assert.Equal("login", Assert.Single(app.Read("/app/logs/logins")).GetProperty("@mt").GetString());
        Assert.Equal(AuditOutcome.OtherLog, app.Find(login).Outcome);
        Assert.Equal(("orders", order.LogId), (app.Services.GetRequiredKeyedService<DurableLog>("orders").LogName, app.Services.GetRequiredKeyedService<DurableLog>("orders").LogId));
    }

    [Fact]
    public void Without_a_name_only_where_there_is_one()
    {
        using var app = Two();
        var several = Assert.Throws<InvalidOperationException>(() => app.Only);
        Assert.Equal("There are 2 audit logs: 'orders', 'logins'. Say which one: [FromKeyedServices(\"orders\")] IAuditLog.", several.Message);
        var unknown = Assert.Throws<InvalidOperationException>(() => app.Audit("ordres"));
        Assert.Equal("There is no audit log named 'ordres'. Known: 'orders', 'logins'. Add it with AddDurableAudit(\"ordres\").", unknown.Message);
        using var one = AuditApp.WithOrders();
        Assert.Equal(1, Soon.Result(one.Only.Write("x")).Sequence);
        Assert.Equal(2, Soon.Result(one.Audit("orders").Write("x")).Sequence);
    }

    [Fact]
    public void Defaults()
    {
        using var app = AuditApp.WithOrders();
        var options = app.Services.GetRequiredService<IOptionsMonitor<DurableAuditOptions>>().Get("orders");
        Assert.Equal((FsyncPolicy.Always, LockedMode.Fail, null, null), (options.Fsync, options.WhenLocked, options.RetainBytes, options.RetainAge));
        Assert.Equal(("orders", "/app/logs/orders"), (options.LogName, options.Directory));
        Assert.Empty(options.Categories);
    }

    [Fact]
    public void Options_come_from_configuration_then_from_code_and_adding_again_adds_to_them()
    {
        using var app = new AuditApp(
            builder => builder.Services.AddDurableAudit("orders").AddDurableAudit("orders", o => o.RetainAge = TimeSpan.FromDays(1)),
            new()
            {
                ["DurableAudit:Orders:directory"] = "kept",
                ["DurableAudit:Orders:RetainAge"] = "7d",
                ["DurableAudit:Orders:SegmentBytes"] = "1MiB",
                ["DurableAudit:Orders:Categories:0"] = "Shop",
                ["Logging:DurableAudit:LogLevel:Default"] = "Debug",
            });
        var options = app.Services.GetRequiredService<IOptionsMonitor<DurableAuditOptions>>().Get("orders");
        Assert.Equal(("/app/kept", TimeSpan.FromDays(1), 1L << 20, "Shop"), (options.Directory, options.RetainAge, options.SegmentBytes, Assert.Single(options.Categories)));
    }

    [Theory]
    [InlineData("DurableAudit:orders:Fsinc", "Always", "DurableAudit:orders:Fsinc is no known key (its value is 'Always'). Did you mean Fsync?")]
    [InlineData("DurableAudit:orders:Fsync", "7", "DurableAudit:orders:Fsync is '7', which cannot be read. Allowed: one of Always, Batch, Os.")]
    [InlineData("DurableAudit:orders:LogLevel:Default", "Debug", "DurableAudit:orders:LogLevel is no known key")]
    [InlineData("DurableAudit:ordres:Fsync", "Batch", "DurableAudit:ordres belongs to no audit log. Known: orders.")]
    [InlineData("DurableAudit:Fsync", "Batch", "DurableAudit:Fsync belongs to no audit log. Known: orders.")]
    [InlineData("Logging:DurableAudit:Directory", "x", "Logging:DurableAudit:Directory has no effect there: options of an audit log belong to DurableAudit:<name>.")]
    [InlineData("DurableAudit:orders:RetainBytes", "1MiB", "Audit log 'orders': RetainBytes is 1MiB, less than 2 times SegmentBytes")]
    [InlineData("DurableAudit:orders:Categories:0", "Microsoft.AspNetCore", "Audit log 'orders': Categories has 'Microsoft.AspNetCore'.")]
    [InlineData("DurableAudit:orders:Categories:0", "system", "Audit log 'orders': Categories has 'system'.")]
    [InlineData("DurableAudit:orders:Categories:0", "DurableSink", "Audit log 'orders': Categories has 'DurableSink'.")]
    [InlineData("DurableAudit:orders:Categories", "Shop", "DurableAudit:orders:Categories is 'Shop', which is no list.")]
    public async Task What_is_wrong_stops_the_start_and_is_named(string key, string value, string expected)
    {
        using var app = new AuditApp(builder => builder.Services.AddDurableAudit("orders"), new() { [key] = value });
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => app.Host.StartAsync(Cancellation));
        Assert.Contains(expected, thrown.Message, StringComparison.Ordinal);
        var write = app.Only.Write("x");
        Assert.Contains(expected, Assert.Throws<DurableLogException>(() => Soon.Done(write)).Message, StringComparison.Ordinal); // nor is it silent later
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("../x")]
    public void A_name_that_cannot_be_a_logs_is_refused_at_once(string name)
    {
        var thrown = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddDurableAudit(name));
        Assert.Contains($"'{name}' cannot be an audit log's name. Allowed: 1 to 64 of", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_opens_when_the_host_starts_and_not_before()
    {
        using var app = Two();
        Assert.Equal(0, app.Drive.Calls(DriveCall.Create));
        await app.Host.StartAsync(Cancellation);
        Assert.Equal("orders", app.Services.GetRequiredKeyedService<DurableLog>("orders").LogName);
        Assert.True(app.Drive.Calls(DriveCall.Create) > 0);
    }

    [Fact]
    public async Task A_log_that_cannot_be_opened_stops_the_start_and_its_writers_are_told()
    {
        using var app = AuditApp.WithOrders();
        app.Drive.FailNext(DriveCall.Create, Errno.EIO, count: int.MaxValue);
        await Assert.ThrowsAsync<DurableIOException>(() => app.Host.StartAsync(Cancellation));
        var write = app.Only.Write("x");
        Assert.StartsWith("The log cannot be opened: ", Assert.Throws<DurableLogException>(() => Soon.Done(write)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_writer_in_the_directory_stops_the_start()
    {
        using var app = AuditApp.WithOrders();
        var options = new DurableLogOptions { Directory = "/app/logs/orders", LogName = "orders", LockTimeout = TimeSpan.Zero };
        using var other = DurableLog.OpenOn(app.Drive, options);
        await Assert.ThrowsAsync<DurableLogLockedException>(() => app.Host.StartAsync(Cancellation));
    }

    [Fact]
    public async Task A_reload_with_other_options_is_told_and_changes_nothing()
    {
        var notices = new ConcurrentQueue<DurableNotice>();
        using var app = AuditApp.WithOrders(o => o.OnNotice = notices.Enqueue);
        await app.Host.StartAsync(Cancellation);
        var configuration = (IConfigurationRoot)app.Services.GetRequiredService<IConfiguration>();
        configuration["DurableAudit:orders:SegmentAge"] = "10m";
        configuration.Reload();
        Assert.Equal("DurableAudit:orders was changed while the log is open: SegmentAge from '1h' to '10m'. The log goes on as it was opened; " +
            "restart the application for the new values.", Assert.Single(notices, notice => notice.Name == "OptionsChanged").Message);
        configuration["DurableAudit:orders:SegmentAge"] = "ten";
        configuration.Reload();
        Assert.Contains("SegmentAge is 'ten'", Assert.Single(notices, notice => notice.Name == "OptionsInvalid").Message, StringComparison.Ordinal);
        Assert.Equal(1, Soon.Result(app.Only.Write("x")).Sequence);
    }

    private static AuditApp Two() => new(builder => builder.Services.AddDurableAudit("orders", AuditApp.Choose).AddDurableAudit("logins", AuditApp.Choose));
}
