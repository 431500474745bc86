using System.Text;
using System.Text.RegularExpressions;
using DurableSink.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SegmentShipper;
using Serilog;
using Serilog.Debugging;
using Xunit;

namespace DurableSink.Operations.Tests.Snippets;

/// <summary>The configuration in the documents is bound as an application's is: an unknown key or a useless value fails.</summary>
public sealed partial class BindingTests : IDisposable
{
    /// <summary>JSON that is no configuration, by its first member.</summary>
    private static readonly Dictionary<string, string> Foreign = new()
    {
        ["type"] = "docs/AUDIT.md", // an answer: the tests of DurableSink.AspNetCore hold it
        ["Version"] = "docs/SHIPPING.md", // a policy, in the language of AWS
    };

    private readonly TempDirectory _home = new();

    public static TheoryData<string> Blocks => [.. Json().Where(block => !IsForeign(block)).Select(block => block.Place)];

    public static TheoryData<string> Variables =>
        [.. DocumentCode.All.SelectMany(code => VariableName().Matches(code.Text)).Select(match => match.Value).Distinct()];

    public void Dispose() => _home.Dispose();

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Each_block_binds(string place) => Bind(Json().Single(block => block.Place == place).Text);

    [Fact]
    public void What_is_no_configuration_is_there() =>
        Assert.Equal(Foreign.Values.Order(), Json().Where(IsForeign).Select(block => block.Document).Order());

    [Fact]
    public void Sinks_of_Serilog_within_a_text_bind()
    {
        var sinks = DocumentCode.All.Where(code => code.Kind == DocumentCode.Inline && SerilogSinks().IsMatch(code.Text)).ToList();
        Assert.NotEmpty(sinks);
        Assert.All(sinks, code => Bind($$"""{ "Serilog": { {{code.Text}} } }"""));
    }

    [Theory]
    [MemberData(nameof(Variables))]
    public void Each_environment_variable_sets_an_option(string name) =>
        Assert.DoesNotContain("no known key", Record.Exception(() => BindHost(Settings(name)))?.Message ?? "", StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "Loging": {} }""", "Loging")]
    [InlineData("""{ "Logging": { "DurableFil": { "Fsync": "Batch" } } }""", "DurableFil")]
    [InlineData("""{ "Logging": { "DurableFile": { "Fsynk": "Batch" } } }""", "Logging:DurableFile:Fsynk is no known key")]
    [InlineData("""{ "Logging": { "DurableFile": { "Fsync": "Sometimes" } } }""", "Logging:DurableFile:Fsync is 'Sometimes'")]
    [InlineData("""{ "Logging": { "DurableFile": { "LogLevel": { "Default": "Info" } } } }""", "'Info'")]
    [InlineData("""{ "DurableAudit": { "orders": { "SegmentBytes": "64" } } }""", "DurableAudit:orders:SegmentBytes is '64'")]
    [InlineData("""{ "SegmentShipper": { "S3": { "Buckets": "my-logs" } } }""", "SegmentShipper:S3:Buckets is no known key")]
    [InlineData("""{ "Serilog": { "AuditsTo": [] } }""", "AuditsTo")]
    [InlineData("""{ "Serilog": { "AuditTo": [ { "Name": "DurableFil", "Args": { "section": { "LogName": "a" } } } ] } }""", "DurableFil")]
    [InlineData("""{"Serilog":{"AuditTo":[{"Name":"DurableFile","Args":{"section":{"RetainAge":"1"}}}]}}""", "RetainAge is '1'")]
    [InlineData("""{ "SegmentShipper": { "Compression": "Gzip" }""", "JsonReaderException")]
    public void What_is_wrong_fails(string json, string expected)
    {
        var failure = Assert.ThrowsAny<Exception>(() => Bind(json));
        Assert.True(failure.ToString().Contains(expected, StringComparison.Ordinal), failure.ToString());
    }

    [Fact]
    public void A_variable_that_sets_nothing_fails() =>
        Assert.Throws<Xunit.Sdk.DoesNotContainException>(() => Each_environment_variable_sets_an_option("DurableAudit__orders__Directoy"));

    private void Bind(string json)
    {
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
        Only(configuration, "Logging", "DurableAudit", "SegmentShipper", "Serilog");
        Only(configuration.GetSection("Logging"), "LogLevel", "DurableFile", "DurableAudit");
        BindHost(configuration);
        if (configuration.GetSection("Serilog").Exists()) BindSerilog(configuration);
    }

    private void BindHost(IConfiguration configuration)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ContentRootPath = _home.Path, ApplicationName = "shop" });
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddDurableFile();
        var audits = configuration.GetSection("DurableAudit").GetChildren().Select(log => log.Key).ToList();
        audits.ForEach(log => builder.Services.AddDurableAudit(log));
        var ships = configuration.GetSection("SegmentShipper").Exists();
        if (ships) builder.Services.AddSegmentShipper();
        using var host = builder.Build();
        _ = host.Services.GetRequiredService<IOptions<LoggerFilterOptions>>().Value;
        _ = host.Services.GetRequiredService<IOptions<DurableFileOptions>>().Value;
        foreach (var log in audits) host.Services.GetRequiredService<IOptionsMonitor<DurableAuditOptions>>().Get(log);
        if (ships) host.Services.GetRequiredService<IOptionsMonitor<SegmentShipperOptions>>().Get("");
    }

    /// <summary>
    /// An audit sink opens its log when it is configured: below the test's own directory. What Serilog itself cannot use it says in its
    /// self-log alone.
    /// </summary>
    private void BindSerilog(IConfigurationRoot configuration)
    {
        Only(configuration.GetSection("Serilog"), "Using", "MinimumLevel", "LevelSwitches", "AuditTo", "WriteTo", "Enrich", "Properties");
        foreach (var (key, value) in configuration.AsEnumerable().ToList())
        {
            if (key.EndsWith(":Directory", StringComparison.OrdinalIgnoreCase)) configuration[key] = _home[value!.Trim('/')];
        }

        var unused = new List<string>();
        SelfLog.Enable(unused.Add);
        try
        {
            new LoggerConfiguration().ReadFrom.Configuration(configuration).CreateLogger().Dispose();
        }
        finally
        {
            SelfLog.Disable();
        }

        Assert.True(unused.Count == 0, string.Join('\n', unused));
    }

    private static void Only(IConfiguration section, params string[] known) =>
        Assert.All(section.GetChildren(), child => Assert.True(known.Contains(child.Key), $"{child.Path} is no section of ours."));

    private static IConfiguration Settings(string variable) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?> { [variable.Replace("__", ":", StringComparison.Ordinal)] = "x" }).Build();

    private static IEnumerable<DocumentCode> Json() => DocumentCode.All.Where(code => code.Kind == "json");

    private static bool IsForeign(DocumentCode block) =>
        Foreign.GetValueOrDefault(FirstMember().Match(block.Text).Groups[1].Value) == block.Document;

    [GeneratedRegex(@"^\s*\{\s*""(\w+)""")]
    private static partial Regex FirstMember();

    [GeneratedRegex(@"\b(?:Logging__DurableFile|DurableAudit__[a-z]+|SegmentShipper)(?:__\w+)+")]
    private static partial Regex VariableName();

    [GeneratedRegex(@"^""(?:AuditTo|WriteTo)"": \[")]
    private static partial Regex SerilogSinks();
}
