using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>What a reloaded configuration changes (level rules) and what it does not (all else, which it says).</summary>
public sealed class OptionReloadTests : IDisposable
{
    private readonly IConfigurationRoot _configuration = new ConfigurationBuilder().AddInMemoryCollection([
        new("Logging:LogLevel:Default", "Information"),
        new("Logging:DurableFile:LogName", "app"),
    ]).Build();

    private readonly LoggingApp _app;

    public OptionReloadTests() =>
        _app = new LoggingApp(o => o.SegmentAge = TimeSpan.FromMinutes(10), builder => builder.AddConfiguration(_configuration.GetSection("Logging")));

    public void Dispose() => _app.Dispose();

    private string[] Reload(params (string Key, string? Value)[] values)
    {
        foreach (var (key, value) in values) _configuration[$"Logging:{key}"] = value;
        _configuration.Reload(); // must not throw
        string[] told = [.. _app.Notices.Select(notice => $"{notice.Level} {notice.Name}: {notice.Message}")];
        _app.Notices.Clear();
        return told;
    }

    [Fact]
    public void Level_rules_hold_at_once_and_are_no_news()
    {
        var logger = _app.Logger();
        logger.LogDebug("hidden");
        logger.LogInformation("shown");
        Assert.Empty(Reload(("DurableFile:LogLevel:Shop", "Debug")));
        logger.LogDebug("shown");
        Assert.Empty(Reload(("DurableFile:LogLevel:Shop", "None"), ("LogLevel:Default", "Trace")));
        logger.LogCritical("hidden");
        Assert.Equal(2, _app.Log.Lines.Count);
        Assert.All(_app.Log.Lines, line => Assert.Contains("shown", line.Body, StringComparison.Ordinal));
    }

    [Fact]
    public void Changed_options_are_told_once_with_both_values_and_change_nothing()
    {
        _app.Logger().LogInformation("x");
        var told = Reload(("DurableFile:Fsync", "Always"), ("DurableFile:batchwindow", "1s"), ("DurableFile:AlwaysCategories:0", "Shop"));
        Assert.Equal(
            "Warning OptionsChanged: Logging:DurableFile was changed while the log is open: Fsync from 'Batch' to 'Always', " +
            "BatchWindow from '5ms' to '1s', AlwaysCategories from '' to 'Shop'. " +
            "The log goes on as it was opened; restart the application for the new values.",
            Assert.Single(told));
        _app.Logger().LogInformation("y");
        _app.Logger("Shop.New").LogInformation("z");
        Assert.All(_app.Log.Lines, line => Assert.False(line.WaitsDurable));
        Assert.Single(_app.Opened);
    }

    [Fact]
    public void The_same_change_is_told_once_and_told_again_when_it_comes_again()
    {
        _app.Logger().LogInformation("x");
        Assert.Single(Reload(("DurableFile:Fsync", "Always")));
        Assert.Empty(Reload());
        Assert.Empty(Reload(("DurableFile:Fsync", "Batch"))); // back to what is in use
        Assert.Single(Reload(("DurableFile:Fsync", "Always")));
        Assert.Contains("to 'Os'", Assert.Single(Reload(("DurableFile:Fsync", "Os"))), StringComparison.Ordinal);
    }

    [Fact]
    public void What_code_sets_is_not_changed_by_configuration()
    {
        _app.Logger().LogInformation("x");
        Assert.Empty(Reload(("DurableFile:SegmentAge", "1m")));
    }

    [Fact]
    public void New_values_that_are_not_valid_are_told_and_never_thrown()
    {
        _app.Logger().LogInformation("x");
        var told = Assert.Single(Reload(("DurableFile:Fsync", "Sometimes")));
        Assert.Equal(
            "Error OptionsInvalid: Logging:DurableFile was changed to options that are not valid: Logging:DurableFile:Fsync is 'Sometimes', which cannot be read. " +
            "Allowed: one of Always, Batch, Os. The log goes on as it was opened, but the application would not start again.",
            told);
        Assert.Empty(Reload());
        Assert.Contains("Fsnyc is no known key (its value is 'Os'). Did you mean Fsync?", Assert.Single(Reload(("DurableFile:Fsync", null), ("DurableFile:Fsnyc", "Os"))), StringComparison.Ordinal);
        _app.Logger().LogInformation("y");
        Assert.Equal(2, _app.Log.Lines.Count);
    }

    [Fact]
    public void A_listener_that_throws_does_not_reach_the_thread_that_reloads()
    {
        using var app = new LoggingApp(
            o => o.OnNotice = _ => throw new InvalidOperationException("mine"), builder => builder.AddConfiguration(_configuration.GetSection("Logging")));
        app.Logger().LogInformation("x");
        Assert.Empty(Reload(("DurableFile:Fsync", "Always")));
    }

    [Fact]
    public void Before_the_log_is_open_new_values_are_simply_used()
    {
        var logger = _app.Logger();
        Assert.Empty(Reload(("DurableFile:Fsync", "Always")));
        logger.LogInformation("x");
        Assert.Equal(FsyncPolicy.Always, Assert.Single(_app.Opened).Fsync);
        Assert.Empty(Reload());
    }

    [Fact]
    public void After_disposal_nothing_is_told()
    {
        _app.Logger().LogInformation("x");
        _app.Services.Dispose();
        Assert.Empty(Reload(("DurableFile:Fsync", "Always")));
    }
}
