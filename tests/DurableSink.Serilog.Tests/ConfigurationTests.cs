using System.Reflection;
using System.Text;
using DurableSink.Sinks;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Events;
using Xunit;

namespace DurableSink.Tests.Sinks;

/// <summary>Options in code, from a section, and through Serilog.Settings.Configuration: what is wrong throws, and names key and value.</summary>
public sealed class ConfigurationTests
{
    private static IConfiguration Json(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();

    private static IConfigurationSection Section(params (string Key, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(v => KeyValuePair.Create("Log:Audit:" + v.Key, (string?)v.Value))).Build().GetSection("Log:Audit");

    [Fact]
    public void Defaults_of_the_two_doors()
    {
        var log = SinkOptions.From(_ => { }, DurableSerilogOptions.ForLog());
        Assert.Equal((FsyncPolicy.Batch, LockedMode.Instance, 10L << 30), (log.Fsync, log.WhenLocked, log.RetainBytes));
        var audit = SinkOptions.From(_ => { }, DurableSerilogOptions.ForAudit());
        Assert.Equal((FsyncPolicy.Always, LockedMode.Fail, null), (audit.Fsync, audit.WhenLocked, audit.RetainBytes));
        Assert.Equal(Path.GetFullPath(Path.Combine("logs", audit.LogName!)), audit.Directory);
    }

    [Fact]
    public void A_section_sets_every_option()
    {
        var options = SinkOptions.From(
            Section(("directory", "/x/y/"), ("LogName", "audit"), ("Fsync", "batch"), ("BatchWindow", "7ms"), ("SegmentBytes", "1MiB"), ("RetainBytes", "none"),
                ("FileMode", "0600"), ("AlwaysLevel", "Fatal"), ("AlwaysCategories:0", "Audit")),
            null, DurableSerilogOptions.ForLog());
        Assert.Equal(("/x/y", "audit", FsyncPolicy.Batch, TimeSpan.FromMilliseconds(7), 1L << 20), (options.Directory, options.LogName, options.Fsync, options.BatchWindow, options.SegmentBytes));
        Assert.Equal((null, (UnixFileMode)0b110_000_000, LogEventLevel.Fatal), (options.RetainBytes, options.FileMode, options.AlwaysLevel));
        Assert.Equal(["Audit"], options.AlwaysCategories);
        Assert.Null(SinkOptions.From(Section(("AlwaysLevel", "none")), null, DurableSerilogOptions.ForLog()).AlwaysLevel);
    }

    [Fact]
    public void Every_name_of_the_contract_can_be_set()
    {
        var names = SinkOptions.Table.Select(option => option.Name).ToList();
        Assert.Equal(Configuration.OptionTable.Log.Select(option => option.Name).Concat(["AlwaysLevel", "AlwaysCategories"]), names);
    }

    [Theory]
    [InlineData("Fsynk", "Always", "Log:Audit:Fsynk is no known key (its value is 'Always'). Did you mean Fsync?")]
    [InlineData("Fsync", "7", "Log:Audit:Fsync is '7'")]
    [InlineData("BatchWindow", "5", "Log:Audit:BatchWindow is '5'")]
    [InlineData("SegmentBytes", "1KiB", "Log:Audit:SegmentBytes is '1KiB'")]
    [InlineData("AlwaysLevel", "Critical", "Log:Audit:AlwaysLevel is 'Critical'")]
    [InlineData("ThrowOnFailure", "true", "Log:Audit:ThrowOnFailure is no known key")]
    [InlineData("LogLevel:Default", "Debug", "Log:Audit:LogLevel is no known key here")]
    public void What_is_wrong_in_a_section_throws_at_once(string key, string value, string expected)
    {
        var section = Section((key, value));
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => new LoggerConfiguration().WriteTo.DurableFile(section)).Message);
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => new LoggerConfiguration().AuditTo.DurableFile(section)).Message);
    }

    [Fact]
    public void A_section_that_is_not_there_throws()
    {
        var thrown = Assert.Throws<ArgumentException>(() => new LoggerConfiguration().WriteTo.DurableFile(Section().GetSection("Typo")));
        Assert.Contains("Log:Audit:Typo is empty, or not there", thrown.Message);
        thrown = Assert.Throws<ArgumentException>(() => new LoggerConfiguration().AuditTo.DurableFile(Section(("Fsync", "Always")).GetSection("Fsync")));
        Assert.Contains("Log:Audit:Fsync is 'Always'", thrown.Message);
    }

    [Fact]
    public void All_that_is_wrong_in_code_is_said_at_once()
    {
        void Wrong(DurableSerilogOptions o) => (o.SegmentBytes, o.LogName, o.AlwaysLevel) = (1, "a/b", (LogEventLevel)9);
        foreach (var thrown in new[]
                 {
                     Assert.Throws<ArgumentException>(() => new LoggerConfiguration().WriteTo.DurableFile(Wrong)),
                     Assert.Throws<ArgumentException>(() => new LoggerConfiguration().AuditTo.DurableFile(Wrong)),
                 })
            Assert.All(["SegmentBytes is 1", "LogName is 'a/b'", "AlwaysLevel is 9"], part => Assert.Contains(part, thrown.Message));
    }

    [Theory]
    [InlineData("WriteTo")]
    [InlineData("AuditTo")]
    public void Through_Serilogs_configuration_reader(string door)
    {
        using var directory = new TempDirectory();
        var configuration = Json($$"""
            { "Serilog": { "LevelSwitches": { "$levels": "Error" }, "{{door}}": [ { "Name": "DurableFile", "Args": {
                "levelSwitch": "$levels", "restrictedToMinimumLevel": "Debug", "section": { "Directory": "{{directory["log"]}}", "LogName": "shop", "SegmentBytes": "1MiB" } } } ] } }
            """);
        using (var log = new LoggerConfiguration().ReadFrom.Configuration(configuration).CreateLogger())
        {
            log.Warning("x");
            log.Error("Order {N}", 1);
        }

        var record = Assert.Single(new DurableLogReader(directory["log"]).Read());
        Assert.Contains("\"N\":1", Encoding.UTF8.GetString(record.Json.Span));
        Assert.StartsWith("shop-", record.Segment);
    }

    [Theory]
    [InlineData("WriteTo", "\"DurableFile\"", "takes its options from a section")]
    [InlineData("AuditTo", "\"DurableFile\"", "takes its options from a section")]
    [InlineData("WriteTo", """{ "Name": "DurableFile", "Args": { "Fsync": "Always" } }""", "takes its options from a section")]
    [InlineData("AuditTo", """{ "Name": "DurableFile", "Args": { "sektion": { "Fsync": "Always" } } }""", "takes its options from a section")]
    [InlineData("WriteTo", """{ "Name": "DurableFile", "Args": { "section": { "Fsync": "Allways" } } }""", "Serilog:WriteTo:0:Args:section:Fsync is 'Allways'")]
    [InlineData("AuditTo", """{ "Name": "DurableFile", "Args": { "section": { "Fsynk": "Always" } } }""", "Serilog:AuditTo:0:Args:section:Fsynk is no known key")]
    [InlineData("AuditTo", """{ "Name": "DurableFile", "Args": { "section": { "LogName": "a" }, "Fsync": "Always" } }""", "Serilog:AuditTo:0:Args:Fsync is no known argument (its value is 'Always')")]
    public void What_is_wrong_there_throws_too_and_never_hides_in_SelfLog(string door, string entry, string expected)
    {
        var configuration = Json($$"""{ "Serilog": { "{{door}}": [ {{entry}} ] } }""");
        var thrown = Assert.Throws<TargetInvocationException>(() => new LoggerConfiguration().ReadFrom.Configuration(configuration));
        Assert.Contains(expected, Assert.IsType<ArgumentException>(thrown.InnerException).Message);
    }
}
