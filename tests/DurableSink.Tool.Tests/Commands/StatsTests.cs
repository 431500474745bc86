using DurableSink.Tests.Segments;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

public sealed class StatsTests : ToolTest
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Counts_by_minute_level_category_and_template()
    {
        Write([.. Enumerable.Range(0, 100).Select(n => new DurableEvent(n % 4 == 0 ? "Paid {Id}" : "Viewed {Id}")
        {
            Timestamp = Start.AddSeconds(n),
            Level = n < 10 ? LogLevel.Error : LogLevel.Information,
            Properties = [new("Id", n), new("SourceContext", n % 2 == 0 ? "Shop.Orders" : "Shop.Web")],
        })]);
        var ran = Run("stats", Dir);
        Assert.Equal((0, ""), (ran.Exit, ran.Error));
        Assert.StartsWith("100 events, ", ran.Out, StringComparison.Ordinal);
        Assert.Contains("from 2026-11-20 08:00:00Z to 2026-11-20 08:01:39Z", ran.Out);
        Assert.Matches(@"2026-11-20 08:00:00Z +60 +[\d.]+ KiB +█+\n2026-11-20 08:01:00Z +40 ", ran.Out);
        Assert.Matches(@"90 +90.0 % +[\d.]+ KiB +\d+  Information\n +10 +10.0 % +[\d.]+ .?.?B +\d+  Error\n", ran.Out);
        Assert.Matches(@"50 +50.0 % .*Shop.Orders\n *50 +50.0 % .*Shop.Web\n", ran.Out);
        Assert.Matches(@"75 +75.0 % .*Viewed \{Id\}\n *25 +25.0 % .*Paid \{Id\}\n", ran.Out);
        Assert.StartsWith("5 events, ", Run("stats", Dir, "--level", "Error", "--category", "Shop.Web").Out, StringComparison.Ordinal);
        Assert.StartsWith("40 events, ", Run("stats", Dir, "--since", "2026-11-20T08:01").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_time_is_shown_in_longer_steps()
    {
        Write([.. Enumerable.Range(0, 48).Select(n => new DurableEvent("m") { Timestamp = Start.AddHours(n) })]);
        var rows = Run("stats", Dir).Lines.Where(l => l.StartsWith("2026-", StringComparison.Ordinal)).ToList();
        Assert.Equal(48, rows.Count);
        Assert.Contains("FROM (per 1h)", Run("stats", Dir).Out);
        Assert.Equal(48, rows.Sum(r => int.Parse(r.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2])));
    }

    [Fact]
    public void What_is_missing_is_counted()
    {
        Plant(Sealed(new SegmentText(11, "bbbbbbbb").Commit(2).Seal()));
        Assert.StartsWith("2 events, 400 B; 10 events not there\n", Run("stats", Dir).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_without_events_has_nothing_to_count()
    {
        Write();
        Assert.Equal((0, "0 events, 0 B\n"), (Run("stats", Dir).Exit, Run("stats", Dir).Out));
    }

    [Fact]
    public void A_probe_measures_and_leaves_nothing()
    {
        Write(DurableEvent.Create("m"));
        var before = Snapshot();
        var ran = Run("stats", Dir, "--probe");
        Assert.Equal((0, ""), (ran.Exit, ran.Error));
        Assert.Matches(@"A durable write here \(4 KiB, \w+, .*, [\d,]+ writes?\): p50 [\d.]+ .s, p99 [\d.]+ .s, most [\d.]+ .s\n", ran.Out);
        Assert.Matches(@"UP TO +WRITES", ran.Out);
        Assert.Equal(before, Snapshot());
    }
}
