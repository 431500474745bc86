using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Audit;

/// <summary>An app log and audit logs in one process, and ILogger categories that go to the audit log too.</summary>
public sealed class SideBySideTests
{
    private const string AppDirectory = "/app/logs/app";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Routed_categories_go_to_both_and_others_to_the_app_log_alone()
    {
        using var app = Both();
        await app.Host.StartAsync(Cancellation);
        using (app.Logger("Shop.Orders").BeginScope(new Dictionary<string, object> { ["Tenant"] = "t1" })) app.Logger("Shop.Orders").LogInformation("Order {OrderId}", 1);
        Assert.Equal(1, app.Services.GetRequiredKeyedService<DurableLog>("orders").DurableSequence); // durable when the call returned
        app.Logger("shop.payments").LogWarning("Paid");
        foreach (var category in new[] { "Sho", "Other", "Microsoft.AspNetCore", "System.Net", "DurableSink" }) app.Logger(category).LogError("Not audited");
        Soon.Result(app.Only.Write("written"));
        app.Dispose();
        var audit = app.Read();
        Assert.Equal(["Order {OrderId}", "Paid", "written"], audit.Select(e => e.GetProperty("@mt").GetString()));
        Assert.Equal(("Shop.Orders", "t1"), (audit[0].GetProperty("SourceContext").GetString(), audit[0].GetProperty("Tenant").GetString()));
        var appLog = app.Read(AppDirectory).Where(e => e.GetProperty("SourceContext").GetString() != "Microsoft.Hosting.Lifetime")
            .Select(e => e.GetProperty("@mt").GetString()).ToList();
        Assert.Equal(["Order {OrderId}", "Paid", "Not audited", "Not audited", "Not audited", "Not audited"], appLog);
    }

    [Fact]
    public void A_prefix_that_the_framework_shares_does_not_route_it()
    {
        using var app = Both(o => o.Categories = ["M", "S"]);
        foreach (var category in new[] { "Microsoft.AspNetCore", "System.Net", "Microsoft" }) app.Logger(category).LogError("Not audited");
        app.Logger("Mine").LogInformation("x");
        Assert.Single(app.Read());
    }

    [Fact]
    public void A_routed_log_call_throws_when_its_event_is_not_durable_and_the_app_log_has_it_all_the_same()
    {
        using var app = Both();
        app.Logger("Shop").LogInformation("first");
        foreach (var call in new[] { DriveCall.Write, DriveCall.WriteDurable, DriveCall.Flush })
            app.Drive.FailNext(call, Errno.EIO, count: int.MaxValue, name: name => name.StartsWith("orders-", StringComparison.Ordinal));
        var thrown = Assert.Throws<AggregateException>(() => app.Logger("Shop").LogInformation("second"));
        Assert.IsType<DurableLogException>(Assert.Single(thrown.InnerExceptions));
        app.Logger("Microsoft.Something").LogInformation("goes on");
        app.Drive.FailNoMore();
        var log = app.Services.GetRequiredKeyedService<DurableLog>("orders");
        Soon.Is(() => log.DurableSequence == 2);
        app.Dispose();
        Assert.Equal(["first", "second", "goes on"], app.Read(AppDirectory).Select(e => e.GetProperty("@mt").GetString()));
    }

    [Fact]
    public void A_routed_log_call_throws_when_the_log_cannot_be_opened_or_is_closed()
    {
        using var app = AuditApp.WithOrders(o => o.Categories = ["Shop"]);
        app.Drive.FailNext(DriveCall.Create, Errno.EIO, count: int.MaxValue);
        var logger = app.Logger("Shop");
        Assert.IsType<DurableLogException>(Assert.Throws<AggregateException>(() => logger.LogInformation("x")).InnerException);
        using var later = AuditApp.WithOrders(o => o.Categories = ["Shop"]);
        logger = later.Logger("Shop");
        logger.LogInformation("x");
        later.Dispose();
        Assert.IsType<ObjectDisposedException>(Assert.Throws<AggregateException>(() => logger.LogInformation("late")).InnerException);
        Assert.Single(later.Read());
    }

    [Fact]
    public void Level_rules_of_the_alias_hold()
    {
        using var app = new AuditApp(
            builder =>
            {
                builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
                builder.Services.AddDurableAudit("orders", o =>
                {
                    AuditApp.Choose(o);
                    o.Categories = ["Shop"];
                });
            },
            new() { ["Logging:LogLevel:Default"] = "Error", ["Logging:DurableAudit:LogLevel:Default"] = "Debug" });
        app.Logger("Shop").LogDebug("taken");
        app.Logger("Shop").LogTrace("not taken");
        Assert.Equal("taken", Assert.Single(app.Read()).GetProperty("@mt").GetString());
    }

    [Fact]
    public async Task Each_log_has_its_own_metrics()
    {
        var events = new ConcurrentDictionary<(string, string), long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument is { Meter.Name: "DurableSink", Name: "durablesink.events" }) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => (string)tag.Value!);
            events.AddOrUpdate((all["log"], all["directory"]), value, (_, sum) => sum + value);
        });
        listener.Start();
        using var app = Both(o => o.LogName = "audit-of-metrics");
        app.Logger("Other").LogInformation("app only");
        for (var i = 0; i < 3; i++) await app.Only.Write("x");
        app.Dispose();
        Assert.Equal(3, events[("audit-of-metrics", "/app/logs/audit-of-metrics")]);
        Assert.Equal(1, events[("app", AppDirectory)]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Both_close_after_services_that_write_while_they_end(bool async)
    {
        using var app = Both(o => o.Categories = ["Shop"], services => services.AddSingleton<WritesItsEnd>());
        await app.Host.StartAsync(Cancellation);
        app.Services.GetRequiredService<WritesItsEnd>();
        app.Services.GetRequiredKeyedService<DurableLog>("orders"); // resolved after it: the container comes to it before
        app.Services.GetRequiredService<DurableLog>();
        await app.Host.StopAsync(Cancellation);
        if (async) await ((IAsyncDisposable)app.Host).DisposeAsync();
        else app.Host.Dispose();
        Assert.Equal(["routed at the end", "written at the end"], app.Read().Select(e => e.GetProperty("@mt").GetString()));
        Assert.Contains("routed at the end", app.Read(AppDirectory).Select(e => e.GetProperty("@mt").GetString()));
        using var directory = app.Drive.OpenDirectory("/app/logs/orders", DurableSink.Storage.DirectorySettings.ForReading, create: false);
        Assert.DoesNotContain(directory.List(), name => name.EndsWith(".active", StringComparison.Ordinal)); // sealed
    }

    [Fact]
    public async Task One_directory_for_both_by_mistake_is_an_error_that_names_the_difference()
    {
        using var app = Both(o => o.Directory = AppDirectory);
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => app.Host.StartAsync(Cancellation));
        Assert.Contains($"The log directory '{AppDirectory}' is open in this process with LogName = app, not orders. " +
            "Make the options equal, or give one of the logs a directory of its own.", thrown.Message, StringComparison.Ordinal);
        var write = app.Only.Write("x");
        Assert.Throws<DurableLogException>(() => Soon.Done(write));
    }

    [Fact]
    public void One_directory_by_equal_options_is_one_log()
    {
        using var app = new AuditApp(builder =>
        {
            builder.Services.AddDurableAudit("orders", Same).AddDurableAudit("again", Same);
            static void Same(DurableAuditOptions o)
            {
                AuditApp.Choose(o);
                (o.Directory, o.LogName) = ("shared", "shared");
            }
        });
        Assert.Equal(1, Soon.Result(app.Audit("orders").Write("one")).Sequence);
        Assert.Equal(2, Soon.Result(app.Audit("again").Write("two")).Sequence);
        app.Dispose();
        Assert.Equal(["one", "two"], app.Read("/app/shared").Select(e => e.GetProperty("@mt").GetString()));
    }

    private static AuditApp Both(Action<DurableAuditOptions>? configure = null, Action<IServiceCollection>? more = null) => new(builder =>
    {
        builder.Logging.AddDurableFile(o =>
        {
            AuditApp.Choose(o);
            o.LogName = "app";
        });
        builder.Services.AddDurableAudit("orders", o =>
        {
            AuditApp.Choose(o);
            o.Categories = ["Shop"];
            configure?.Invoke(o);
        });
        more?.Invoke(builder.Services);
    });

    private sealed class WritesItsEnd(IAuditLog audit, ILoggerFactory loggers) : IDisposable
    {
        private readonly ILogger _logger = loggers.CreateLogger("Shop.End");

        public void Dispose()
        {
            _logger.LogInformation("routed at the end");
            Soon.Result(audit.Write("written at the end"));
        }
    }
}
