using DurableSink.Tests.Storage;
using Xunit;

namespace SegmentShipper.Tests;

public sealed class GzipTests
{
    [Fact]
    public async Task A_compressed_object_unpacks_to_the_file()
    {
        var lab = Compressing();
        await lab.WriteAsync(2, bytes: 12_000);
        var file = lab.Drive.Bytes($"{ShipLab.Root}/{lab.Sealed()[0]}")!;
        var status = await lab.ShipAsync();
        Assert.Equal(0, status.UnshippedSegments);
        var (key, bytes) = lab.Stored().First();
        Assert.EndsWith(".clef.gz", key, StringComparison.Ordinal);
        Assert.True(bytes.Length < file.Length / 2);
        Assert.Equal(file, ShipLab.Unzip(bytes));
        Assert.DoesNotContain(lab.Files(), name => name.EndsWith(".shipping", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_segment_makes_the_same_object()
    {
        var (one, other) = (Compressing(), Compressing());
        await one.WriteAsync(1, bytes: 12_000);
        foreach (var name in ShipLab.FilesOf(one.Drive, ShipLab.Root)) other.Drive.Plant($"{ShipLab.Root}/{name}", one.Drive.Bytes($"{ShipLab.Root}/{name}")!);
        await one.ShipAsync();
        await other.ShipAsync();
        Assert.Equal(one.Stored().Single(), other.Stored().Single());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task D6_compression_that_is_changed_between_put_and_removal_makes_nothing_twice(bool first)
    {
        var lab = new ShipLab();
        lab.Options.Compression = first ? Compression.Gzip : Compression.None;
        await lab.WriteAsync(3);
        lab.Store.AfterPut = _ => throw ScriptedStore.Down();
        await lab.ShipAsync();
        lab.Store.AfterPut = null;
        lab.Options.Compression = first ? Compression.None : Compression.Gzip;
        var status = await lab.ShipAsync();
        Assert.Equal((0, 0), (status.UnshippedSegments, status.SetAside));
        Assert.Equal([1, 2, 3], ShipLab.SequencesOn(lab.Target));
        Assert.Single(lab.Sealed());
    }

    [Fact]
    public async Task D6_a_planted_object_in_the_other_form_is_noticed()
    {
        var lab = new ShipLab();
        await lab.WriteAsync(2);
        lab.Target.Plant($"{ShipLab.Objects}/{ShippingTests.KeyOf(lab, lab.Sealed()[0])}.gz", "no gzip at all"u8);
        var status = await lab.ShipAsync();
        Assert.Equal((1, 1), (status.SetAside, status.Shipped));
    }

    [Fact]
    public async Task A_full_drive_does_not_keep_segments_from_leaving_it()
    {
        var lab = Compressing();
        await lab.WriteAsync(2, bytes: 12_000);
        lab.Drive.FailNext(DriveCall.Write, Errno.ENOSPC, count: 100, name: name => name.EndsWith(".shipping", StringComparison.Ordinal));
        var status = await lab.ShipAsync();
        Assert.Equal(0, status.UnshippedSegments);
        Assert.All(lab.Stored().Keys, key => Assert.EndsWith(".clef", key, StringComparison.Ordinal));
        Assert.Equal([1, 2], ShipLab.SequencesOn(lab.Target));
    }

    [Fact]
    public async Task What_a_crash_left_of_a_compression_goes()
    {
        var lab = Compressing();
        await lab.WriteAsync(2);
        lab.Drive.Plant($"{ShipLab.Root}/{lab.Sealed()[0]}.gz.shipping", "half"u8);
        Assert.Equal(0, (await lab.ShipAsync()).UnshippedSegments);
        Assert.Equal([lab.Sealed()[0], lab.Sealed()[0] + ".shipped"], lab.Files());
    }

    private static ShipLab Compressing()
    {
        var lab = new ShipLab();
        lab.Options.Compression = Compression.Gzip;
        return lab;
    }
}
