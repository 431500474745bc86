using DurableSink.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Configuration;

public sealed class OptionBinderTests
{
    private static IReadOnlyList<string> Bind(DurableFileOptions options, params (string Key, string? Value)[] values)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(value => KeyValuePair.Create("S:" + value.Key, value.Value)))
            .Build();
        return OptionBinder.Bind(configuration.GetSection("S"), "Logging:DurableFile", OptionTable.File, options);
    }

    [Fact]
    public void Sets_every_option_that_configuration_can_set()
    {
        var options = new DurableFileOptions();
        Assert.Empty(Bind(
            options,
            ("Directory", "/var/log/orders"), ("LogName", "orders"), ("fsync", "always"), ("BatchWindow", "20ms"), ("SegmentBytes", "1GiB"),
            ("SegmentAge", "00:10:00"), ("BufferBytes", "32MB"), ("MaxEventBytes", "65536"), ("WhenFull", "Drop"), ("BlockTimeout", "1.5s"),
            ("DirectIO", "Require"), ("Preallocation", "None"), ("TailBlock", "Pad"), ("FileMode", "0600"), ("DirectoryMode", "700"),
            ("AllowNetworkDirectory", "true"), ("WhenLocked", "Fail"), ("LockTimeout", "0s"), ("ShutdownTimeout", "1m"), ("AlwaysLevel", "critical"),
            ("RetainBytes", "2 GiB"), ("RetainAge", "30d"), ("AlwaysCategories:0", "Shop.Payments"), ("AlwaysCategories:1", "Shop.Audit"), ("ThrowOnFailure", "True"),
            ("LogLevel:Default", "Debug")));

        Assert.Equal(("/var/log/orders", "orders", FsyncPolicy.Always), (options.Directory, options.LogName, options.Fsync));
        Assert.Equal((TimeSpan.FromMilliseconds(20), 1L << 30, TimeSpan.FromMinutes(10)), (options.BatchWindow, options.SegmentBytes, options.SegmentAge));
        Assert.Equal((32_000_000, 65536, FullMode.Drop), (options.BufferBytes, options.MaxEventBytes, options.WhenFull));
        Assert.Equal((TimeSpan.FromSeconds(1.5), DirectIOMode.Require), (options.BlockTimeout, options.DirectIO));
        Assert.Equal((PreallocationMode.None, TailBlockMode.Pad), (options.Preallocation, options.TailBlock));
        Assert.Equal((UnixFileMode.UserRead | UnixFileMode.UserWrite, (UnixFileMode)0b111_000_000), (options.FileMode, options.DirectoryMode));
        Assert.Equal((LockedMode.Fail, TimeSpan.Zero, TimeSpan.FromMinutes(1)), (options.WhenLocked, options.LockTimeout, options.ShutdownTimeout));
        Assert.Equal((2L << 30, TimeSpan.FromDays(30)), (options.RetainBytes, options.RetainAge));
        Assert.Equal((LogLevel.Critical, true, true), (options.AlwaysLevel, options.ThrowOnFailure, options.AllowNetworkDirectory));
        Assert.Equal(["Shop.Payments", "Shop.Audit"], options.AlwaysCategories);
    }

    [Fact]
    public void None_keeps_all()
    {
        var options = new DurableFileOptions { RetainAge = TimeSpan.FromDays(1) };
        Assert.Equal(10L << 30, options.RetainBytes); // an application's log; any other keeps all
        Assert.Null(new DurableLogOptions().RetainBytes);
        Assert.Empty(Bind(options, ("RetainBytes", "None"), ("RetainAge", "none")));
        Assert.Equal((null, null), (options.RetainBytes, options.RetainAge));
        Assert.Empty(DurableLogOptionsValidator.Validate(options, OptionTable.File));
        Assert.Equal("none", OptionTable.File.Single(option => option.Name == "RetainAge").Show(options));
    }

    [Fact]
    public void The_table_names_every_option_that_a_text_can_set()
    {
        string[] notTexts = ["OnNotice", "TimeProvider", "TypeInfoResolver"];
        Assert.Equal(
            typeof(DurableFileOptions).GetProperties().Select(property => property.Name).Except(notTexts).Order(),
            OptionTable.File.Select(option => option.Name).Order());
    }

    [Theory]
    [InlineData("BatchWindow", "5", "'5', which cannot be read. Allowed: 1ms to 10s, written as a number with its unit (us, ms, s, m, h, d), such as 5ms or 1.5h, or hh:mm:ss.")]
    [InlineData("BatchWindow", "11s", "'11s', which is out of range. Allowed: 1ms to 10s, written as a number with its unit (us, ms, s, m, h, d), such as 5ms or 1.5h, or hh:mm:ss.")]
    [InlineData("Fsync", "7", "'7', which cannot be read. Allowed: one of Always, Batch, Os.")]
    [InlineData("Fsync", "Always, Os", "'Always, Os', which cannot be read. Allowed: one of Always, Batch, Os.")]
    [InlineData("FileMode", "0888", "'0888', which cannot be read. Allowed: an octal mode from 000 to 777, such as 0640.")]
    [InlineData("ThrowOnFailure", "yes", "'yes', which cannot be read. Allowed: true or false.")]
    [InlineData("AlwaysCategories", "Shop", "'Shop', which is no list. Allowed: a list of texts (AlwaysCategories:0, AlwaysCategories:1, …; in JSON an array).")]
    [InlineData("RetainAge", "30", "'30', which cannot be read. Allowed: 1m to 36525d, written as a number with its unit (us, ms, s, m, h, d), such as 5ms or 1.5h, or hh:mm:ss, or none.")]
    [InlineData("RetainAge", "59s", "'59s', which is out of range. Allowed: 1m to 36525d, written as a number with its unit (us, ms, s, m, h, d), such as 5ms or 1.5h, or hh:mm:ss, or none.")]
    [InlineData("RetainBytes", "100KiB", "'100KiB', which is out of range. Allowed: 128KiB to 1024TiB, written as a number of bytes, or one with its unit (KiB, MiB, GiB, TiB in powers of 1024; KB, MB, GB, TB in powers of 1000), such as 64MiB, or none.")]
    [InlineData("LogName", "", "'', which cannot be read. Allowed: a text.")]
    public void A_bad_value_is_told_with_its_key_and_what_is_allowed(string key, string value, string told)
    {
        var options = new DurableFileOptions();
        Assert.Equal($"Logging:DurableFile:{key} is {told}", Assert.Single(Bind(options, (key, value))));
        Assert.Empty(DurableLogOptionsValidator.Validate(options, OptionTable.File)); // not set, so not told twice
    }

    [Fact]
    public void An_unknown_key_is_told_with_the_nearest_known_one()
    {
        var failure = Assert.Single(Bind(new DurableFileOptions(), ("BatchWindows", "5ms")));
        Assert.StartsWith(
            "Logging:DurableFile:BatchWindows is no known key (its value is '5ms'). Did you mean BatchWindow? Known: Directory, LogName, Fsync, ",
            failure,
            StringComparison.Ordinal);
        Assert.Contains("Did you mean DirectIO?", Assert.Single(Bind(new DurableFileOptions(), ("direct_io", "Off"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Directories:Deeper", "x", "Directories is no known key. Did you mean Directory? Known: *.")]
    [InlineData("LogLevels:Default", "Debug", "LogLevels is no known key. Did you mean LogName? Known: *.")]
    [InlineData("OnNotice", "x", "OnNotice is no known key (its value is 'x'). Did you mean LogName? Known: *.")]
    [InlineData("AlwaysCategories:0:Name", "Shop", "AlwaysCategories has keys below its element 0, which takes one text.")]
    [InlineData("AlwaysCategories:0", " ", "AlwaysCategories has an empty element. Allowed: a list of texts (AlwaysCategories:0, AlwaysCategories:1, …; in JSON an array).")]
    public void A_key_that_nobody_reads_is_told_wherever_it_stands(string key, string value, string told) => Assert.Equal(
        "Logging:DurableFile:" + told.Replace("*", string.Join(", ", OptionTable.File.Select(option => option.Name)), StringComparison.Ordinal),
        Assert.Single(Bind(new DurableFileOptions(), (key, value))));

    [Fact]
    public void Keys_below_a_single_value_are_told() => Assert.Equal(
        "Logging:DurableFile:Fsync has keys below it, but takes one value. Allowed: one of Always, Batch, Os.",
        Assert.Single(Bind(new DurableFileOptions(), ("Fsync:Policy", "Always"))));

    [Fact]
    public void All_failures_are_told_together() =>
        Assert.Equal(3, Bind(new DurableFileOptions(), ("Fsync", "x"), ("BatchWindow", "5"), ("Nonsense", "1")).Count);

    [Fact]
    public void A_null_leaves_the_default() => Assert.Empty(Bind(new DurableFileOptions(), ("Fsync", null), ("AlwaysCategories", "")));
}
