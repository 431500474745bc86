using DurableSink.Tests.Events;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>What a log call waits for, and what it tells.</summary>
public sealed class DurabilityOfCallsTests
{
    private static bool Waits(Action<DurableFileOptions> configure, LogLevel level = LogLevel.Information, string category = "Shop.Orders")
    {
        using var app = new LoggingApp(configure);
        app.Logger(category).Log(level, "x");
        return Assert.Single(app.Log.Lines).WaitsDurable;
    }

    [Fact]
    public void Under_Always_a_call_waits_for_durability() => Assert.True(Waits(o => o.Fsync = FsyncPolicy.Always, LogLevel.Trace));

    [Theory]
    [InlineData(FsyncPolicy.Batch)]
    [InlineData(FsyncPolicy.Os)]
    public void Under_the_other_policies_only_chosen_events_wait(FsyncPolicy policy)
    {
        Assert.False(Waits(o => o.Fsync = policy, LogLevel.Critical));

        Assert.True(Waits(o => (o.Fsync, o.AlwaysLevel) = (policy, LogLevel.Error), LogLevel.Error));
        Assert.False(Waits(o => (o.Fsync, o.AlwaysLevel) = (policy, LogLevel.Error), LogLevel.Warning));

        Assert.True(Waits(o => (o.Fsync, o.AlwaysCategories) = (policy, ["Other", "shop."]), LogLevel.Trace));
        Assert.False(Waits(o => (o.Fsync, o.AlwaysCategories) = (policy, ["Other", "Orders"]), LogLevel.Critical));
    }

    [Fact]
    public void A_failure_is_not_thrown_by_default()
    {
        using var app = new LoggingApp();
        app.Log.FailsWith = new DurableLogException("drive gone");
        app.Logger().LogInformation("x");
        Assert.Empty(app.Log.Lines);
    }

    [Theory]
    [InlineData("Shop.Orders", true)]
    [InlineData("Microsofties", true)]
    [InlineData("Microsoft", false)]
    [InlineData("Microsoft.AspNetCore.Routing", false)]
    [InlineData("System", false)]
    [InlineData("System.Net.Http", false)]
    public void With_ThrowOnFailure_it_is_but_never_to_the_framework(string category, bool throws)
    {
        using var app = new LoggingApp(o => o.ThrowOnFailure = true);
        app.Log.FailsWith = new DurableLogException("drive gone");
        var thrown = Record.Exception(() => app.Logger(category).LogInformation("x"));
        if (!throws) Assert.Null(thrown);
        else Assert.Same(app.Log.FailsWith, Assert.IsType<AggregateException>(thrown).InnerException); // the framework's wrapping
    }

    [Fact]
    public void An_event_that_is_too_long_is_shortened()
    {
        using var app = new LoggingApp { Log = new CapturingLog { MaxBodyBytes = 900 } };
        app.Logger().LogWarning("{Text} {After}", new string('x', 5_000_000), 1);
        Assert.InRange(app.Body.Length, 1, 900);
        var body = Body.Parse(app.Body);
        Assert.Equal(("{Text} {After}", "Warning", "Shop.Orders"), ((string?)body["@mt"], (string?)body["@l"], (string?)body["SourceContext"]));
        Assert.True((bool?)body["Truncated"]);
        Assert.InRange((int?)body["OriginalBytes"] ?? 0, 5_000_000, 5_001_000);
    }

    [Fact]
    public void An_event_that_is_too_long_is_refused_where_failures_are_told()
    {
        using var app = new LoggingApp(o => o.ThrowOnFailure = true) { Log = new CapturingLog { MaxBodyBytes = 900 } };
        var thrown = Assert.Throws<AggregateException>(() => app.Logger().LogWarning("{Text}", new string('x', 5000)));
        Assert.InRange(Assert.IsType<EventTooLargeException>(thrown.InnerException).Bytes, 5000, 300_000);
        Assert.Empty(app.Log.Lines);
    }

    [Theory]
    [InlineData("DurableSink", false)]
    [InlineData("DurableSink.Anything", false)]
    [InlineData("DurableSinkish", true)]
    public void Our_own_diagnostics_never_go_into_the_log(string category, bool isWritten)
    {
        using var app = new LoggingApp();
        app.Logger(category).LogCritical("x");
        Assert.Equal(isWritten ? 1 : 0, app.Log.Lines.Count);
        Assert.Equal(isWritten ? 1 : 0, app.Opened.Count);
    }

    [Fact]
    public void After_disposal_a_call_does_nothing()
    {
        using var app = new LoggingApp();
        var logger = app.Logger();
        var provider = app.Services.GetServices<ILoggerProvider>().Single();
        provider.Dispose();
        provider.Dispose();
        logger.LogInformation("x");
        Assert.Empty(app.Log.Lines);
    }

    [Fact]
    public void Calls_from_many_threads_are_whole_lines_each()
    {
        using var app = new LoggingApp();
        var logger = app.Logger();
        Parallel.For(0, 2000, i => logger.LogInformation("{I} {Text}", i, new string((char)('a' + (i % 26)), i)));
        Assert.Equal(Enumerable.Range(0, 2000), app.Log.Lines.Select(line => (int?)Body.Parse(line.Body)["I"] ?? -1).Order());
    }
}
