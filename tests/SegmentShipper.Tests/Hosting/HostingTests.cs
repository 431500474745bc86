using System.Collections.Concurrent;
using DurableSink;
using DurableSink.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace SegmentShipper.Tests.Hosting;

public sealed class HostingTests : IDisposable
{
    private readonly TempDirectory _home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task On_stop_the_log_is_sealed_and_shipped()
    {
        using (var host = Build(builder => builder.Services.AddSegmentShipper(o => o.TargetDirectory = "shipped")))
        {
            await host.StartAsync(Token);
            host.Services.GetRequiredService<ILogger<HostingTests>>().LogInformation("The last {Word}", "word");
            await host.StopAsync(Token);
            Assert.Contains("The last {Word}", TextOf(Assert.Single(Shipped())), StringComparison.Ordinal);
        }

        Assert.Single(Shipped()); // closing adds nothing to ship
    }

    [Fact]
    public async Task Options_come_from_configuration()
    {
        using var host = Build(
            builder => builder.Services.AddSegmentShipper(),
            new() { ["SegmentShipper:TargetDirectory"] = "shipped", ["SegmentShipper:Compression"] = "gzip", ["SegmentShipper:Prefix"] = "a/b", ["SegmentShipper:ScanInterval"] = "20ms" });
        await host.StartAsync(Token);
        host.Services.GetRequiredService<ILogger<HostingTests>>().LogInformation("Event");
        await host.StopAsync(Token);
        var file = Assert.Single(Shipped());
        Assert.StartsWith(_home["shipped/a/b/log=app"], file, StringComparison.Ordinal);
        Assert.EndsWith(".clef.gz", file, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SegmentShipper:Targetdir", "x", "Did you mean TargetDirectory")]
    [InlineData("SegmentShipper:Compression", "zip", "one of None, Gzip")]
    [InlineData("SegmentShipper:Parallel", "65", "1 to 64")]
    [InlineData("SegmentShipper:Prefix", "/a", "Prefix is '/a'")]
    [InlineData("SegmentShipper:Logs:0", "other", "no log of this application. Known: app")]
    [InlineData("SegmentShipper:S3:Bucket", "b", "2 targets: TargetDirectory, S3:Bucket")]
    [InlineData("SegmentShipper:S3:Buket", "b", "SegmentShipper:S3:Buket is no known key")]
    [InlineData("SegmentShipper:S3:Endpoint", "minio:9000", "Endpoint is no address")]
    [InlineData("SegmentShipper:S3", "b", "is a section")]
    [InlineData("SegmentShipper:RetryDelay", "2m", "MaxRetryDelay is 1m")]
    [InlineData("SegmentShipper:UnhealthyAge", "1m", "less than DegradedAge")]
    public async Task What_is_wrong_stops_the_start_and_is_named(string key, string value, string message)
    {
        var configuration = new Dictionary<string, string?> { ["SegmentShipper:TargetDirectory"] = "shipped", [key] = value };
        if (key.EndsWith("Endpoint", StringComparison.Ordinal)) (configuration["SegmentShipper:S3:Bucket"], configuration["SegmentShipper:TargetDirectory"]) = ("b", null);
        using var host = Build(builder => builder.Services.AddSegmentShipper(), configuration);
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_target_the_host_does_not_start()
    {
        using var host = Build(builder => builder.Services.AddSegmentShipper());
        Assert.Contains("There is no target", (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_logs_go_to_several_targets()
    {
        using var host = Build(builder =>
        {
            builder.Services.AddDurableAudit("orders").AddDurableAudit("payments");
            builder.Services.AddSegmentShipper("vault", o => (o.TargetDirectory, o.Logs) = ("vault", ["payments"]));
            builder.Services.AddSegmentShipper(o => o.Prefix = "rest");
        }, new() { ["SegmentShipper:TargetDirectory"] = "shipped", ["SegmentShipper:vault:Prefix"] = "safe" });
        await host.StartAsync(Token);
        host.Services.GetRequiredService<ILogger<HostingTests>>().LogInformation("Event");
        await host.Services.GetRequiredKeyedService<IAuditLog>("orders").WriteAsync("Order", [], Token);
        await host.Services.GetRequiredKeyedService<IAuditLog>("payments").WriteAsync("Payment", [], Token);
        while (host.Services.GetRequiredService<ISegmentShipper>().Status.Count < 3) await Task.Delay(5, Token); // a start does not wait for it
        Assert.Equal(["app", "orders", "payments"], host.Services.GetRequiredService<ISegmentShipper>().Status.Select(one => one.LogName).Order());
        await host.StopAsync(Token);
        Assert.Equal(["rest/log=app", "rest/log=orders"], Shipped().Select(f => Path.GetRelativePath(_home["shipped"], f).Split("/dt=")[0]).Order());
        Assert.Equal("safe/log=payments", Path.GetRelativePath(_home["vault"], Assert.Single(Shipped("vault"))).Split("/dt=")[0]);
    }

    [Fact]
    public async Task An_acknowledged_audit_event_is_in_the_store_when_the_write_completes()
    {
        using var host = Build(builder =>
        {
            builder.Services.AddDurableAudit("orders");
            builder.Services.AddSegmentShipper(o => o.TargetDirectory = "shipped");
        });
        await host.StartAsync(Token);
        var audit = host.Services.GetRequiredService<ISegmentShipper>().Acknowledging(host.Services.GetRequiredKeyedService<IAuditLog>("orders"));
        for (var i = 1; i <= 3; i++)
        {
            var receipt = await audit.WithIdempotencyKey($"key-{i}").WriteAsync("Order {N}", [i], Token);
            Assert.Contains(Shipped(), file => TextOf(file).Contains(receipt.Hash, StringComparison.Ordinal));
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Services.GetRequiredService<ISegmentShipper>().WaitForShippedAsync("nothing", 1, Token));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task What_does_not_get_shipped_in_time_is_counted_and_shipped_by_the_next_start()
    {
        var notices = new ConcurrentQueue<DurableNotice>();
        using (var host = Build(builder => builder.Services.AddSegmentShipper(o =>
            (o.Store, o.OnNotice, o.ShutdownTimeout) = (_ => Down(), notices.Enqueue, TimeSpan.FromMilliseconds(300)))))
        {
            await host.StartAsync(Token);
            await TryToShipAsync(host);
            host.Services.GetRequiredService<ILogger<HostingTests>>().LogInformation("Event");
            await host.StopAsync(Token);
        }

        var left = Assert.Single(notices, notice => notice.Name == "LeftUnshipped");
        Assert.Contains("2 segments", left.Message, StringComparison.Ordinal);
        Assert.Contains("The store is down", left.Message, StringComparison.Ordinal);

        using var next = Build(builder => builder.Services.AddSegmentShipper(o => o.TargetDirectory = "shipped"));
        await next.StartAsync(Token);
        await next.StopAsync(Token);
        Assert.Contains(Shipped(), file => TextOf(file).Contains("\"@mt\":\"Event\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_shipper_says_does_not_come_to_be_shipped()
    {
        var heard = new ConcurrentQueue<string>();
        using var host = Build(builder =>
        {
            builder.Logging.AddProvider(new Hearing(heard));
            builder.Services.AddSegmentShipper(o => (o.Store, o.ShutdownTimeout) = (_ => Down(), TimeSpan.FromMilliseconds(200)));
        });
        await host.StartAsync(Token);
        await TryToShipAsync(host);
        await host.StopAsync(Token);
        Assert.Contains(heard, line => line.StartsWith("DurableSink.Shipper ShippingFails", StringComparison.Ordinal));
        Assert.DoesNotContain(new DurableLogReader(_home["logs/app"]).Read(), record => System.Text.Encoding.UTF8.GetString(record.Json.Span).Contains("ShippingFails", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Health_is_judged_by_how_long_the_oldest_segment_waits()
    {
        var time = new MovedTime();
        ScriptedStore store = null!;
        using var host = Build(builder =>
        {
            builder.Services.AddHealthChecks().AddSegmentShipper();
            builder.Services.AddSegmentShipper(o =>
            {
                (o.Store, o.ScanInterval, o.TimeProvider) = (_ => store = Down(), TimeSpan.FromMilliseconds(10), time);
                (o.RetryDelay, o.MaxRetryDelay, o.ShutdownTimeout) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10));
            });
        });
        await host.StartAsync(Token);
        var health = host.Services.GetRequiredService<HealthCheckService>();
        var shipper = await TryToShipAsync(host);

        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(Token)).Status);
        time.Ahead = TimeSpan.FromMinutes(16);
        Assert.Equal(HealthStatus.Degraded, (await health.CheckHealthAsync(Token)).Status);
        time.Ahead = TimeSpan.FromHours(3);
        var report = await health.CheckHealthAsync(Token);
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Contains("The store is down", report.Entries["segment-shipper"].Description!, StringComparison.Ordinal);
        store.BeforePut = null;
        await shipper.WaitForShippedAsync("app", 1, Token);
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(Token)).Status);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task What_another_instance_left_in_a_directory_of_its_own_is_shipped()
    {
        await using (var gone = DurableLog.Open(new() { Directory = _home["logs/app/instance-7"], LogName = "app" })) gone.Append(DurableEvent.Create("Left behind"));
        await using var alive = DurableLog.Open(new() { Directory = _home["logs/app/instance-2"], LogName = "app" });
        alive.Append(DurableEvent.Create("Alive"));
        await alive.SealAsync(Token);
        using var host = Build(builder => builder.Services.AddSegmentShipper(o => o.TargetDirectory = "shipped"));
        await host.StartAsync(Token);
        while (!Shipped().Any(file => file.EndsWith(".clef", StringComparison.Ordinal))) await Task.Delay(5, Token);
        await host.StopAsync(Token);
        Assert.Contains(Shipped(), file => TextOf(file).Contains("Left behind", StringComparison.Ordinal));
        Assert.DoesNotContain(Shipped(), file => TextOf(file).Contains("Alive", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_directory_that_another_shipper_has_is_shipped_when_that_one_ends()
    {
        Directory.CreateDirectory(_home["logs/app"]);
        await using var elsewhere = new DirectoryObjectStore(_home["elsewhere"]);
        var other = DirectoryShipper.Open(_home["logs/app"], elsewhere);
        var notices = new ConcurrentQueue<DurableNotice>();
        using var host = Build(builder => builder.Services.AddSegmentShipper(o =>
            (o.TargetDirectory, o.OnNotice, o.RetryDelay, o.MaxRetryDelay) = ("shipped", notices.Enqueue, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20))));
        await host.StartAsync(Token);
        var shipper = host.Services.GetRequiredService<ISegmentShipper>();
        host.Services.GetRequiredService<ILogger<HostingTests>>().LogInformation("Event");
        while (notices.IsEmpty) await Task.Delay(5, Token);
        Assert.Equal("ShipperWaits", Assert.Single(notices).Name);
        Assert.Empty(shipper.Status);
        var wait = shipper.WaitForShippedAsync("app", 1, Token);
        other.Dispose();
        await wait;
        Assert.Single(Shipped());
        await host.StopAsync(Token);
    }

    /// <summary>Logs an event and seals it. Returns once shipping it has failed.</summary>
    private static async Task<ISegmentShipper> TryToShipAsync(IHost host)
    {
        host.Services.GetRequiredService<ILogger<HostingTests>>().LogInformation("Tried");
        await host.Services.GetRequiredService<DurableLog>().SealAsync(Token);
        var shipper = host.Services.GetRequiredService<ISegmentShipper>();
        while (shipper.Status is not [{ Status: { UnshippedSegments: 1, LastFailure: not null } }]) await Task.Delay(5, Token);
        return shipper;
    }

    private static ScriptedStore Down() => new(new DirectoryObjectStore("/never", new DurableSink.Tests.Storage.SimulatedDrive(1))) { BeforePut = _ => throw ScriptedStore.Down() };

    private static string TextOf(string file) => File.ReadAllText(file);

    private string[] Shipped(string target = "shipped") =>
        Directory.Exists(_home[target]) ? Directory.GetFiles(_home[target], "*", SearchOption.AllDirectories) : [];

    private IHost Build(Action<HostApplicationBuilder> build, Dictionary<string, string?>? configuration = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ContentRootPath = _home.Path, ApplicationName = "app" });
        builder.Configuration.AddInMemoryCollection(configuration ?? []);
        builder.Logging.AddDurableFile(o => o.LogName = "app");
        build(builder);
        return builder.Build();
    }

    private sealed class MovedTime : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }

    /// <summary>What is logged, as category and event name.</summary>
    private sealed class Hearing(ConcurrentQueue<string> heard) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new Ear(heard, categoryName);

        public void Dispose() { }

        private sealed class Ear(ConcurrentQueue<string> heard, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                heard.Enqueue($"{category} {eventId.Name}");
        }
    }
}
