using DurableSink;
using Microsoft.Extensions.Logging;
using Xunit;

namespace SegmentShipper.Tests;

public sealed class ShippingTests
{
    [Fact]
    public async Task Sealed_segments_are_shipped_and_all_but_the_newest_go()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(4);
        var files = lab.Sealed().ToDictionary(name => name, name => lab.Drive.Bytes($"{ShipLab.Root}/{name}")!);

        var status = await lab.ShipAsync();

        Assert.Equal((0, 4, 4), (status.UnshippedSegments, status.Shipped, status.ShippedSequence));
        Assert.Equal(files.Values, lab.Stored().OrderBy(o => Path.GetFileName(o.Key)).Select(o => o.Value));
        Assert.Equal([files.Keys.Max()!, files.Keys.Max() + ".shipped"], lab.Files());
    }

    [Fact]
    public async Task The_key_comes_from_the_header_alone()
    {
        var lab = new ShipLab();
        lab.Options.Prefix = "logs/production";
        await lab.WriteAsync(1);
        var header = HeaderOf(lab.Drive.Bytes($"{ShipLab.Root}/{lab.Sealed()[0]}")!);
        await lab.ShipAsync();

        var time = header.GetProperty("@t").GetDateTimeOffset().UtcDateTime;
        Assert.Equal($"logs/production/log=orders/dt={time:yyyy-MM-dd}/hour={time:HH}/{header.GetProperty("LogId").GetString()}-{lab.Sealed()[0]}", Assert.Single(lab.Stored()).Key);
    }

    [Fact]
    public async Task D6_the_segment_being_written_is_not_shipped()
    {
        var lab = new ShipLab();
        await using var log = lab.OpenLog();
        log.Append(DurableEvent.Create("Event"));
        var status = await lab.ShipAsync();
        Assert.Empty(lab.Stored());
        Assert.Equal(0, status.ShippedSequence);
    }

    [Fact]
    public async Task What_is_shipped_is_not_sent_again()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(3);
        await lab.ShipAsync();
        lab.Store.Calls.Clear();
        await lab.ShipAsync();
        Assert.Empty(lab.Store.Calls); // the marker of the newest says it
    }

    [Fact]
    public async Task D6_an_object_whose_answer_was_lost_is_found_to_be_ours()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(3);
        lab.Store.AfterPut = _ => throw ScriptedStore.Down();
        var failed = await lab.ShipAsync();
        Assert.Equal(3, failed.UnshippedSegments);
        Assert.Equal(3, lab.Sealed().Count); // nothing local goes before its object was verified

        lab.Store.AfterPut = null;
        lab.Store.Calls.Clear();
        var status = await lab.ShipAsync();
        Assert.Equal(0, status.UnshippedSegments);
        Assert.DoesNotContain(lab.Store.Calls, call => call.StartsWith("put", StringComparison.Ordinal));
        Assert.Equal([1, 2, 3], ShipLab.SequencesOn(lab.Target));
    }

    [Fact]
    public async Task D6_a_planted_object_is_not_overwritten_and_the_rest_goes_on()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(4);
        var victim = lab.Sealed()[1];
        var key = KeyOf(lab, victim);
        lab.Target.Plant($"{ShipLab.Objects}/{key}", "something else"u8);

        var status = await lab.ShipAsync();

        Assert.Equal("something else"u8, lab.Stored()[key]);
        Assert.Equal((0, 3, 1), (status.UnshippedSegments, status.Shipped, status.SetAside));
        Assert.Equal([victim + ".unshipped.damaged", lab.Sealed()[0], lab.Sealed()[0] + ".shipped"], lab.Files());
        var notice = Assert.Single(lab.Notices, n => n.Name == "SegmentSetAside");
        Assert.Equal(LogLevel.Critical, notice.Level);
        Assert.Contains(key, notice.Message, StringComparison.Ordinal);
        Assert.Contains(victim, notice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task D6_an_object_of_the_same_length_with_other_content_is_not_ours()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(2);
        var victim = lab.Sealed()[0];
        var bytes = lab.Drive.Bytes($"{ShipLab.Root}/{victim}")!;
        bytes[200] ^= 1;
        lab.Target.Plant($"{ShipLab.Objects}/{KeyOf(lab, victim)}", bytes);
        Assert.Equal(1, (await lab.ShipAsync()).SetAside);
    }

    [Fact]
    public async Task A_set_aside_segment_that_is_renamed_back_is_shipped()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(2);
        var victim = lab.Sealed()[0];
        var key = KeyOf(lab, victim);
        lab.Target.Plant($"{ShipLab.Objects}/{key}", "something else"u8);
        await lab.ShipAsync();

        lab.Target.Remove($"{ShipLab.Objects}/{key}");
        using (var directory = lab.Drive.OpenDirectory(ShipLab.Root, DurableSink.Storage.DirectorySettings.ForReading, create: false))
            directory.Rename(victim + ".unshipped.damaged", victim);
        var status = await lab.ShipAsync();
        Assert.Equal((0, 0), (status.UnshippedSegments, status.SetAside));
        Assert.Equal([1, 2], ShipLab.SequencesOn(lab.Target));
    }

    [Fact]
    public async Task The_newest_segment_is_set_aside_only_when_another_follows()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(2);
        var newest = lab.Sealed()[1];
        lab.Target.Plant($"{ShipLab.Objects}/{KeyOf(lab, newest)}", "something else"u8);
        using (var shipper = lab.Open())
        {
            Assert.Equal(1, (await shipper.ShipAsync(ShipLab.Token)).SetAside);
            Assert.Equal([newest], lab.Files());
        }

        await using var log = lab.OpenLog(); // numbers go on
        Assert.Equal(2, log.LastSequence);
        await ShipLab.AppendAsync(log);
        await lab.ShipAsync();
        Assert.Equal([newest + ".unshipped.damaged", lab.Sealed()[0], lab.Sealed()[0] + ".shipped"], lab.Files());
        Assert.Equal(3, lab.Stored().Count);
    }

    [Theory]
    [InlineData(300, "SHA-256")]
    [InlineData(20, "header")]
    [InlineData(-10, "seal")]
    public async Task A_damaged_segment_is_set_aside_and_never_shipped(int offset, string reason)
    {
        var lab = new ShipLab();
        await lab.WriteAsync(3);
        var victim = lab.Sealed()[0];
        var bytes = lab.Drive.Bytes($"{ShipLab.Root}/{victim}")!;
        bytes[offset < 0 ? bytes.Length + offset : offset + 400 * (offset == 300 ? 1 : 0)] ^= 4;
        lab.Drive.Plant($"{ShipLab.Root}/{victim}", bytes);

        var status = await lab.ShipAsync();

        Assert.Equal((1, 0), (status.SetAside, status.UnshippedSegments));
        Assert.Equal([2, 3], ShipLab.SequencesOn(lab.Target));
        Assert.Contains(reason, Assert.Single(lab.Notices).Message, StringComparison.Ordinal);
        Assert.Equal(bytes, lab.Drive.Bytes($"{ShipLab.Root}/{victim}.unshipped.damaged"));
    }

    [Fact]
    public async Task A_segment_of_another_log_is_set_aside()
    {
        var (lab, other) = (new ShipLab(), new ShipLab());
        await lab.WriteAsync(2);
        await other.WriteAsync(1);
        lab.Drive.Plant($"{ShipLab.Root}/{other.Sealed()[0]}", other.Drive.Bytes($"{ShipLab.Root}/{other.Sealed()[0]}")!);
        var status = await lab.ShipAsync();
        Assert.Equal((1, 2), (status.SetAside, status.Shipped));
        Assert.Contains("belongs to log", Assert.Single(lab.Notices).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rule11_a_later_segment_stays_until_the_earlier_one_is_shipped()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(4);
        var first = lab.Sealed()[0];
        var all = lab.Sealed();
        lab.Store.BeforePut = key => key.Contains(first, StringComparison.Ordinal) ? throw ScriptedStore.Down() : Task.CompletedTask;

        var status = await lab.ShipAsync();

        Assert.Equal((1, 0), (status.UnshippedSegments, status.ShippedSequence));
        Assert.Equal([2, 3, 4], ShipLab.SequencesOn(lab.Target));
        Assert.Equal(all, lab.Sealed());
        lab.Store.BeforePut = null;
        await lab.ShipAsync();
        Assert.Equal([all[3]], lab.Sealed());
    }

    [Fact]
    public async Task Rule11_nothing_goes_behind_a_segment_that_is_not_sealed()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(3);
        var (first, rest) = (lab.Sealed()[0], lab.Sealed()[1..]);
        using (var directory = lab.Drive.OpenDirectory(ShipLab.Root, DurableSink.Storage.DirectorySettings.ForReading, create: false))
            directory.Rename(first, first + ".active");

        var status = await lab.ShipAsync();
        Assert.Equal(0, status.UnshippedSegments);
        Assert.Equal(0, status.ShippedSequence);
        Assert.Equal(rest, lab.Sealed());
    }

    [Fact]
    public async Task Rule11_a_listing_that_misses_a_file_being_sealed_lets_nothing_go_past_it()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(3);
        var (first, all) = (lab.Sealed()[0], lab.Sealed());
        lab.Store.BeforePut = key =>
        {
            // The third one is the last to be shipped: the listing after it does not show the first one, which failed.
            if (key.Contains(all[2], StringComparison.Ordinal)) lab.Drive.MissedByNextList = first;
            return key.Contains(first, StringComparison.Ordinal) ? throw ScriptedStore.Down() : Task.CompletedTask;
        };
        lab.Options.Parallel = 1;
        using var shipper = lab.Open();
        var status = await shipper.ShipAsync(ShipLab.Token);
        Assert.Equal(0, status.ShippedSequence);
        Assert.Equal(all, lab.Sealed());
    }

    [Fact]
    public async Task A_pod_that_loses_its_disk_makes_no_key_twice()
    {
        var before = new ShipLab();
        await before.WriteAsync(2);
        await before.ShipAsync();
        var after = new ShipLab(target: before.Target); // a new disk: the same log's name, numbers from 1, another id
        await after.WriteAsync(2);
        Assert.Equal((0, 0), (await after.ShipAsync()) is var status ? (status.UnshippedSegments, status.SetAside) : default);
        Assert.Equal(4, after.Stored().Count);
    }

    [Fact]
    public async Task A_directory_has_one_shipper()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(1);
        using var shipper = lab.Open();
        var failure = Assert.Throws<DurableLogException>(() => lab.Open());
        Assert.Contains("process", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_directory_is_marked_so_that_the_log_removes_nothing()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(1);
        await lab.ShipAsync();
        Assert.Contains("SHIP", ShipLab.FilesOf(lab.Drive.PowerCut(DurableSink.Tests.Storage.CutMode.None, 1), ShipLab.Root));
    }

    private static System.Text.Json.JsonElement HeaderOf(byte[] segment)
    {
        using var json = System.Text.Json.JsonDocument.Parse(segment.Split((byte)'\n').First());
        return json.RootElement.Clone();
    }

    internal static string KeyOf(ShipLab lab, string file)
    {
        var header = HeaderOf(lab.Drive.Bytes($"{ShipLab.Root}/{file}")!);
        var time = header.GetProperty("@t").GetDateTimeOffset().UtcDateTime;
        return $"log=orders/dt={time:yyyy-MM-dd}/hour={time:HH}/{header.GetProperty("LogId").GetString()}-{file}";
    }
}
