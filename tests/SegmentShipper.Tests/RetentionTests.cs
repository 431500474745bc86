using DurableSink;
using Microsoft.Extensions.Logging;
using Xunit;

namespace SegmentShipper.Tests;

public sealed class RetentionTests
{
    [Fact]
    public async Task What_was_shipped_stays_within_KeepBytes_with_a_marker_beside_it()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(6, bytes: 10_000);
        var all = lab.Sealed();
        var length = lab.Drive.Bytes($"{ShipLab.Root}/{all[1]}")!.Length; // the first one names none before it
        lab.Options.KeepBytes = 3 * length + 10;
        await lab.ShipAsync();
        Assert.Equal(all[3..], lab.Sealed());
        Assert.Equal(all[3..].SelectMany(name => new[] { name, name + ".shipped" }), lab.Files());
        Assert.Equal([1, 2, 3, 4, 5, 6], ShipLab.SequencesOn(lab.Target));
    }

    [Fact]
    public async Task What_was_shipped_stays_until_it_is_older_than_KeepAge()
    {
        var lab = new ShipLab();
        var time = new MovedTime();
        (lab.Options.KeepAge, lab.Options.TimeProvider) = (TimeSpan.FromDays(7), time);
        await lab.WriteAsync(3);
        await lab.ShipAsync();
        Assert.Equal(3, lab.Sealed().Count);

        time.Ahead = TimeSpan.FromDays(6.9);
        await lab.ShipAsync();
        Assert.Equal(3, lab.Sealed().Count);
        time.Ahead = TimeSpan.FromDays(7.1);
        await lab.ShipAsync();
        Assert.Single(lab.Sealed());
    }

    [Fact]
    public async Task D6_what_waits_to_be_shipped_does_not_go_by_age_or_bytes()
    {
        var lab = new ShipLab();
        var time = new MovedTime { Ahead = TimeSpan.FromDays(1000) };
        (lab.Options.KeepAge, lab.Options.KeepBytes, lab.Options.TimeProvider) = (TimeSpan.FromDays(7), 0, time);
        await lab.WriteAsync(3);
        lab.Store.BeforePut = _ => throw ScriptedStore.Down();
        var status = await lab.ShipAsync();
        Assert.Equal(3, lab.Sealed().Count);
        Assert.Equal(3, status.UnshippedSegments);
        Assert.True(status.OldestUnshipped > TimeSpan.FromDays(999));
    }

    [Fact]
    public async Task A_marker_without_its_segment_goes()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(2);
        lab.Drive.Plant($"{ShipLab.Root}/orders-00000000000000000001-00000000.clef.shipped", []);
        await lab.ShipAsync();
        Assert.Equal([lab.Sealed()[0], lab.Sealed()[0] + ".shipped"], lab.Files());
    }

    [Fact]
    public async Task Beyond_MaxUnshippedBytes_the_oldest_goes_loudly()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(30, bytes: 10_000);
        var all = lab.Sealed();
        lab.Options.MaxUnshippedBytes = 128 << 10;
        lab.Store.BeforePut = _ => throw ScriptedStore.Down();

        var status = await lab.ShipAsync();

        Assert.InRange(status.UnshippedBytes, 100 << 10, 128 << 10);
        Assert.Equal(30 - status.UnshippedSegments, status.Dropped);
        Assert.Equal(all[(int)status.Dropped..], lab.Sealed());
        var notices = lab.Notices.Where(n => n.Name == "SegmentDropped").ToList();
        Assert.Equal(status.Dropped, notices.Count);
        Assert.All(notices, notice => Assert.Equal(LogLevel.Critical, notice.Level));
        Assert.Contains("events, 1 to 1, are lost", notices[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beyond_MaxUnshippedBytes_the_log_stops_accepting_until_there_is_room()
    {
        var lab = new ShipLab();
        (lab.Options.MaxUnshippedBytes, lab.Options.WhenUnshippedFull) = (128 << 10, UnshippedFullMode.StopAccepting);
        await using var log = lab.OpenLog();
        using var shipper = lab.Open(log);
        for (var i = 0; i < 10; i++) await ShipLab.AppendAsync(log, 10_000);
        lab.Store.BeforePut = _ => throw ScriptedStore.Down();
        var status = await shipper.ShipAsync(ShipLab.Token);
        Assert.True(status.UnshippedBytes > 64 << 10);

        var full = Assert.Throws<DurableLogFullException>(() => log.Append(DurableEvent.Create("Event")));
        Assert.Contains("MaxUnshippedBytes is 131072", full.Message, StringComparison.Ordinal);
        Assert.Equal(0, shipper.Status.Dropped);

        lab.Store.BeforePut = null;
        await shipper.ShipAsync(ShipLab.Token);
        await shipper.ShipAsync(ShipLab.Token);
        Assert.Equal(11, log.Append(DurableEvent.Create("Event")));
    }

    [Fact]
    public async Task StopAccepting_needs_the_log()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(1);
        (lab.Options.MaxUnshippedBytes, lab.Options.WhenUnshippedFull) = (128 << 10, UnshippedFullMode.StopAccepting);
        Assert.Contains("DropOldest", Assert.Throws<ArgumentException>(() => lab.Open()).Message, StringComparison.Ordinal);
    }

    private sealed class MovedTime : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }
}
