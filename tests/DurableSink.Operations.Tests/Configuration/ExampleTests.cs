using System.Security.Cryptography;
using System.Text.Json.Nodes;
using DurableSink.Configuration;
using DurableSink.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SegmentShipper;
using SegmentShipper.Configuration;
using Xunit;

namespace DurableSink.Operations.Tests.Configuration;

/// <summary>docs/appsettings.example.json has every option, and works; the same keys come from environment variables.</summary>
public sealed class ExampleTests : IDisposable
{
    private const string Example = "docs/appsettings.example.json";
    private readonly TempDirectory _home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public void The_example_has_every_option()
    {
        var example = JsonNode.Parse(Documents.Text(Example))!;
        Assert.Equal(Names(OptionTable.File).Append("LogLevel").Order(), Keys(example["Logging"]!["DurableFile"]!).Order());
        Assert.Equal(Names(OptionTable.Audit).Order(), Keys(example["DurableAudit"]!["orders"]!).Order());
        var shipper = example["SegmentShipper"]!;
        Assert.Equal(Names(ShipperOptionTable.Shipper).Append("share").Order(), Keys(shipper).Union(Keys(shipper["share"]!)).Order());
        Assert.Equal(Names(ShipperOptionTable.S3).Order(), Keys(shipper["S3"]!).Order());
    }

    [Fact]
    public void The_example_is_valid_as_a_whole()
    {
        Directory.CreateDirectory(_home["keys"]);
        foreach (var name in new[] { "seal", "digest" })
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(_home[$"keys/{name}.pem"], key.ExportECPrivateKeyPem());
        }

        using var host = Build(configuration => configuration.AddJsonFile(Documents.PathOf(Example)), ships: true);
        var file = host.Services.GetRequiredService<IOptions<DurableFileOptions>>().Value;
        Assert.Equal((30, LogLevel.Error, "Shop.Payments"), (file.RetainAge!.Value.Days, file.AlwaysLevel, Assert.Single(file.AlwaysCategories)));
        var audit = host.Services.GetRequiredService<IOptionsMonitor<DurableAuditOptions>>().Get("orders");
        Assert.Equal(("/var/log/shop/orders", DirectIOMode.Require, 100_000), (audit.Directory, audit.DirectIO, audit.IdempotencyKeys));
        var shippers = host.Services.GetRequiredService<IOptionsMonitor<SegmentShipperOptions>>();
        Assert.Equal(("shop-audit", Compression.Gzip), (shippers.Get("").S3.Bucket, shippers.Get("").Compression));
        Assert.Equal("/mnt/archive", shippers.Get("share").TargetDirectory);
    }

    [Fact]
    public async Task Environment_variables_set_options_under_the_same_names()
    {
        using var variables = new Variables(new()
        {
            ["Logging__DurableFile__Directory"] = _home["from-environment"],
            ["Logging__DurableFile__LogName"] = "env",
            ["Logging__DurableFile__Fsync"] = "Always",
            ["Logging__DurableFile__AlwaysCategories__0"] = "Shop.Payments",
            ["DurableAudit__orders__Directory"] = _home["orders"],
            ["DurableAudit__orders__SegmentBytes"] = "1MiB",
        });
        using var host = Build(configuration => configuration.AddEnvironmentVariables(variables.Prefix));
        await host.StartAsync(Token);
        var log = host.Services.GetRequiredService<DurableLog>();
        Assert.Equal((_home["from-environment"], "env"), (log.Directory, log.LogName));
        var options = host.Services.GetRequiredService<IOptions<DurableFileOptions>>().Value;
        Assert.Equal((FsyncPolicy.Always, "Shop.Payments"), (options.Fsync, Assert.Single(options.AlwaysCategories)));
        Assert.Equal((_home["orders"], 1 << 20), (host.Services.GetRequiredKeyedService<DurableLog>("orders").Directory, host.Services.GetRequiredService<IOptionsMonitor<DurableAuditOptions>>().Get("orders").SegmentBytes));
        await host.StopAsync(Token);
    }

    [Theory]
    [InlineData("Logging__DurableFile__BatchWindow", "5", "Logging:DurableFile:BatchWindow is '5', which cannot be read")]
    [InlineData("Logging__DurableFile__SegmentByts", "1MiB", "Logging:DurableFile:SegmentByts is no known key (its value is '1MiB'). Did you mean SegmentBytes?")]
    [InlineData("Logging__DurableFile__Fsync", "7", "Logging:DurableFile:Fsync is '7', which cannot be read. Allowed: one of Always, Batch, Os")]
    [InlineData("DurableAudit__orders__LockTimeout", "1d", "DurableAudit:orders:LockTimeout is '1d', which is out of range. Allowed: 0s to 10m")]
    [InlineData("DurableAudit__order__Directory", "/x", "DurableAudit:order belongs to no audit log. Known: orders.")]
    public async Task A_variable_that_cannot_be_used_stops_the_start_and_is_named(string name, string value, string expected)
    {
        using var variables = new Variables(new() { [name] = value });
        using var host = Build(configuration => configuration.AddEnvironmentVariables(variables.Prefix));
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_home["logs"]) && Directory.EnumerateFiles(_home["logs"], "*.clef*", SearchOption.AllDirectories).Any());
    }

    private IHost Build(Action<IConfigurationBuilder> configure, bool ships = false)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ContentRootPath = _home.Path, ApplicationName = "shop" });
        configure(builder.Configuration);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddDurableFile(); // as Host.CreateApplicationBuilder does
        builder.Services.AddDurableAudit("orders");
        if (ships) builder.Services.AddSegmentShipper().AddSegmentShipper("share");
        return builder.Build();
    }

    private static IEnumerable<string> Names<T>(IEnumerable<Option<T>> table) => table.Select(option => option.Name);

    private static IEnumerable<string> Keys(JsonNode section) => section.AsObject().Select(member => member.Key);

    /// <summary>Environment variables of this process below a prefix of their own, so that tests do not see each other's.</summary>
    private sealed class Variables : IDisposable
    {
        private readonly List<string> _names = [];

        public Variables(Dictionary<string, string> values)
        {
            foreach (var (name, value) in values)
            {
                _names.Add(Prefix + name);
                Environment.SetEnvironmentVariable(_names[^1], value);
            }
        }

        public string Prefix { get; } = $"T{Guid.NewGuid():N}_";

        public void Dispose() => _names.ForEach(name => Environment.SetEnvironmentVariable(name, null));
    }
}
