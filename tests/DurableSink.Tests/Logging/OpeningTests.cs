using DurableSink.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>The log opens when the host starts or the first event comes, and not while the container is built.</summary>
public sealed class OpeningTests
{
    [Fact]
    public void The_first_event_opens_it_and_nothing_before()
    {
        using var app = new LoggingApp();
        var logger = app.Logger();
        using (logger.BeginScope("scope")) Assert.True(logger.IsEnabled(LogLevel.Trace));
        Assert.Empty(app.Opened);
        logger.LogInformation("x");
        logger.LogInformation("y");
        Assert.Single(app.Opened);
        Assert.Equal(2, app.Log.Lines.Count);
    }

    [Fact]
    public void Without_a_host_it_is_named_after_the_program_under_the_current_directory()
    {
        using var app = new LoggingApp();
        app.Logger().LogInformation("x");
        var options = Assert.Single(app.Opened);
        Assert.Equal("DurableSink.Tests", options.LogName);
        Assert.Equal(Path.Combine("logs", "DurableSink.Tests"), options.Directory);
    }

    [Fact]
    public void First_events_of_many_threads_open_it_once()
    {
        using var app = new LoggingApp();
        var logger = app.Logger();
        Parallel.For(0, 64, i => logger.LogInformation("x"));
        Assert.Single(app.Opened);
        Assert.Equal(64, app.Log.Lines.Count);
    }

    [Fact]
    public void A_failure_is_reported_once_and_tried_again_after_a_while()
    {
        using var app = new LoggingApp { OpenFailsWith = new DurableLogException("no room") };
        for (var i = 0; i < 10; i++) app.Logger().LogInformation("lost");
        Assert.Single(app.Opened);

        app.Time.Advance(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 10; i++) app.Logger().LogInformation("lost");
        Assert.Equal(2, app.Opened.Count);
        Assert.Equal("OpenFailed", Assert.Single(app.Notices).Name);

        app.OpenFailsWith = null;
        app.Time.Advance(TimeSpan.FromSeconds(5));
        app.Logger().LogInformation("written");
        Assert.Equal(3, app.Opened.Count);
        Assert.Single(app.Log.Lines);
        Assert.Equal("The log is open after all; 20 events logged before were lost.", app.Notices[1].Message);
    }

    [Fact]
    public void A_failure_is_thrown_only_with_ThrowOnFailure()
    {
        using var app = new LoggingApp(o => o.ThrowOnFailure = true) { OpenFailsWith = new DurableLogException("no room") };
        app.Logger("Microsoft.Something").LogInformation("x");
        var thrown = Assert.Throws<AggregateException>(() => app.Logger().LogInformation("x"));
        Assert.Equal("The log cannot be opened: no room", Assert.IsType<DurableLogException>(thrown.InnerException).Message);
    }

    [Fact]
    public void What_the_opening_itself_logs_is_lost_and_counted()
    {
        using var app = new LoggingApp();
        ILogger logger = null!;
        var services = new ServiceCollection();
        services.AddSingleton(new DurableLogPool(_ =>
        {
            logger.LogInformation("from within");
            return app.Log;
        }));
        services.AddLogging(builder => builder.AddDurableFile(o => o.OnNotice = app.Notices.Add));
        using (var container = services.BuildServiceProvider())
        {
            logger = container.GetRequiredService<ILoggerFactory>().CreateLogger("Shop");
            logger.LogInformation("first");
            Assert.Contains("first", Assert.Single(app.Log.Lines).Body, StringComparison.Ordinal);
        }

        Assert.Equal("1 events were logged but did not reach the log.", Assert.Single(app.Notices).Message);
    }

    [Fact]
    public async Task A_host_opens_it_at_its_start_and_the_container_closes_it_once()
    {
        var log = new CapturingLog();
        var opened = new List<DurableLogOptions>();
        using (var host = Host(opened, log))
        {
            Assert.Empty(opened);
            await host.StartAsync(TestContext.Current.CancellationToken);
            var options = Assert.Single(opened);
            Assert.Equal("Shop_App", options.LogName);
            Assert.Equal(Path.Combine(AppContext.BaseDirectory, "logs", "Shop_App"), options.Directory);
            Assert.Equal(LockedMode.Instance, options.WhenLocked);
            await host.StopAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, log.TimesDisposed);
        }

        Assert.Equal(1, log.TimesDisposed);
    }

    [Fact]
    public async Task The_log_is_still_open_while_services_are_disposed()
    {
        var log = new CapturingLog();
        var host = Host([], log, builder => builder.Services.AddSingleton<LogsItsEnd>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        host.Services.GetRequiredService<LogsItsEnd>();
        await ((IAsyncDisposable)host).DisposeAsync();
        Assert.Contains(log.Lines, line => line.Body.Contains("the end", StringComparison.Ordinal));
        Assert.Equal(1, log.TimesDisposed);
    }

    [Fact]
    public async Task A_log_that_cannot_be_opened_stops_the_start()
    {
        var told = new CapturingProvider();
        var opened = new List<DurableLogOptions>();
        using var host = Host(opened, null, builder => builder.Logging.AddProvider(told));
        var thrown = await Assert.ThrowsAsync<DurableLogException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal("no room", thrown.Message);
        Assert.Single(opened); // the host logs its failure: that neither tries again nor reports it twice
        Assert.DoesNotContain(told.Messages, message => message.StartsWith("DurableSink ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Wrong_options_stop_the_start_all_at_once()
    {
        var opened = new List<DurableLogOptions>();
        using var host = Host(opened, new CapturingLog(), builder =>
        {
            builder.Configuration["Logging:DurableFile:BatchWindow"] = "5";
            builder.Configuration["Logging:DurableFile:Fsnyc"] = "Always";
            builder.Configuration["Logging:DurableFile:LogLevel:Default"] = "Debug";
            builder.Logging.AddDurableFile(o => o.MaxEventBytes = 5);
        });
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            ["Logging:DurableFile:BatchWindow is '5'", "Logging:DurableFile:Fsnyc is no known key (its value is 'Always')", "MaxEventBytes is 5. Allowed: 1KiB to 16MiB"],
            thrown.Failures.Select(failure => failure.Split([", which", ". Did", ", written"], default)[0]).Order(StringComparer.Ordinal));
        Assert.Empty(opened);
    }

    [Fact]
    public async Task Configuration_is_read_and_code_has_the_last_word()
    {
        var opened = new List<DurableLogOptions>();
        using var host = Host(opened, new CapturingLog(), builder =>
        {
            builder.Configuration["Logging:DurableFile:Fsync"] = "Always";
            builder.Configuration["Logging:DurableFile:Directory"] = "elsewhere";
            builder.Configuration["Logging:DurableFile:SegmentBytes"] = "1GiB";
            builder.Logging.AddDurableFile(o => o.SegmentBytes = 1 << 20);
        });
        await host.StartAsync(TestContext.Current.CancellationToken);
        var options = Assert.Single(opened);
        Assert.Equal((FsyncPolicy.Always, 1 << 20), (options.Fsync, options.SegmentBytes));
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, "elsewhere"), options.Directory);
    }

    [Fact]
    public void A_log_is_handed_out_by_its_own_name_only()
    {
        using var app = new LoggingApp(o => o.LogName = "orders");
        var thrown = Assert.Throws<InvalidOperationException>(() => app.Services.GetRequiredKeyedService<DurableLog>("other"));
        Assert.Equal("There is no durable log named 'other'. Known: 'orders'.", thrown.Message);
        Assert.Empty(app.Opened);

        // Here there is no real log to hand out; that it was asked for is what can be seen.
        Assert.Throws<NotSupportedException>(() => app.Services.GetRequiredKeyedService<DurableLog>("orders"));
        Assert.Throws<NotSupportedException>(() => app.Services.GetRequiredService<DurableLog>());
        Assert.Single(app.Opened);
    }

    [Fact]
    public async Task Level_rules_of_the_section_hold()
    {
        var log = new CapturingLog();
        using var host = Host([], log, builder =>
        {
            builder.Configuration["Logging:LogLevel:Default"] = "Warning";
            builder.Configuration["Logging:DurableFile:LogLevel:Shop"] = "Debug";
            builder.Configuration["Logging:DurableFile:LogLevel:Default"] = "None";
        });
        await host.StartAsync(TestContext.Current.CancellationToken);
        var loggers = host.Services.GetRequiredService<ILoggerFactory>();
        loggers.CreateLogger("Shop.Orders").LogDebug("shown");
        loggers.CreateLogger("Other").LogCritical("hidden");
        Assert.Contains("shown", Assert.Single(log.Lines).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notices_go_to_a_category_of_their_own_and_not_into_the_log()
    {
        var log = new CapturingLog();
        var told = new CapturingProvider();
        using var host = Host([], log, builder => builder.Logging.AddProvider(told), notice: new(LogLevel.Warning, "Test", "early"));
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Contains("DurableSink Warning early", told.Messages);
        Assert.DoesNotContain(log.Lines, line => line.Body.Contains("early", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_is_looked_for_under_the_content_root()
    {
        var opened = new List<DurableLogOptions>();
        using var host = Host(opened, new CapturingLog(), builder => builder.Configuration["Logging:DurableFile:SealKeyFile"] = "keys/seal.pem");
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, "keys/seal.pem"), Assert.Single(opened).SealKeyFile);
    }

    private static IHost Host(
        List<DurableLogOptions> opened, CapturingLog? log, Action<HostApplicationBuilder>? build = null, DurableNotice? notice = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            DisableDefaults = true,
            ApplicationName = "Shop App",
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration["Logging:LogLevel:Default"] = "Information";
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Services.AddSingleton(_ => new DurableLogPool(options =>
        {
            opened.Add(options);
            if (notice is not null) options.OnNotice!(notice);
            return log ?? throw new DurableLogException("no room");
        }));
        builder.Logging.AddDurableFile();
        build?.Invoke(builder);
        return builder.Build();
    }

    private sealed class LogsItsEnd(ILoggerFactory loggers) : IDisposable
    {
        private readonly ILogger _logger = loggers.CreateLogger("Shop.Orders");

        public void Dispose() => _logger.LogInformation("the end");
    }
}
