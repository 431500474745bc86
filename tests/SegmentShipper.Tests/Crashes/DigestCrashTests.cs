using DurableSink;
using DurableSink.Tests.Storage;
using SegmentShipper.Tests.Digests;
using Xunit;

namespace SegmentShipper.Tests.Crashes;

/// <summary>A power cut, or the end of the process, at each call to the drive while segments are shipped and digests are made. Whoever ships next goes on:
/// in the end the chain holds and names every segment, and no digest was ever replaced.</summary>
public sealed class DigestCrashTests
{
    private const int Rounds = 4;

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(true, 20_000L)]
    public async Task D6_a_cut_at_any_call_leaves_a_chain_that_names_every_segment(bool flushIsPerFile, long? keepBytes)
    {
        var images = await RunAsync(new SimulatedDrive(7) { FlushIsPerFile = flushIsPerFile }, keepBytes);
        Assert.True(images.Count > 800, $"only {images.Count}");
        foreach (var image in images.DistinctBy(i => (i.Drive.Fingerprint(), i.Time))) await CheckAsync(image, keepBytes);
    }

    [Fact]
    public async Task The_check_can_fail()
    {
        var image = (await RunAsync(new SimulatedDrive(7), null))[^1];
        image.Drive.Remove($"{ShipLab.Objects}/{DigestLab.On(image.Drive)[0].Key}");
        await Assert.ThrowsAnyAsync<Exception>(() => CheckAsync(image, null));
    }

    private static async Task<List<Image>> RunAsync(SimulatedDrive drive, long? keepBytes)
    {
        var images = new List<Image>();
        var time = new SettableTime();
        await using var log = DurableLog.OpenOn(drive, ShipLab.LogOptions());
        using var shipper = DirectoryShipper.OpenOn(drive, ShipLab.Root, new DirectoryObjectStore(ShipLab.Objects, drive), Options(time, keepBytes), log);
        drive.Called += (call, name, offset, _) =>
        {
            if (call is DriveCall.Read or DriveCall.List or DriveCall.Open or DriveCall.OpenDirectory or DriveCall.DropCache) return;
            lock (images)
            {
                var when = $"before {call} {name} {offset}";
                images.Add(new(drive.ProcessCrash(), time.Now, "crash " + when));
                foreach (var mode in Enum.GetValues<CutMode>()) images.Add(new(drive.PowerCut(mode, images.Count), time.Now, $"{mode} {images.Count} {when}"));
            }
        };
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < 2; i++) await ShipLab.AppendAsync(log, 3_000);
            await shipper.ShipAsync(ShipLab.Token);
            time.Now += TimeSpan.FromMinutes(40); // so that some passes make a digest, and some do not
        }

        return images;
    }

    private static async Task CheckAsync(Image image, long? keepBytes)
    {
        var before = DigestLab.On(image.Drive);
        await using (var log = DurableLog.OpenOn(image.Drive, ShipLab.LogOptions())) log.Append(DurableEvent.Create("After"));
        using (var shipper = DirectoryShipper.OpenOn(
            image.Drive, ShipLab.Root, new DirectoryObjectStore(ShipLab.Objects, image.Drive), Options(new() { Now = image.Time }, keepBytes), null))
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            await shipper.ShipAllAsync(timeout.Token);
        }

        DigestLab.Check(image.Drive, image.When);
        var after = ShipLab.StoredOn(image.Drive);
        Assert.All(before, o => Assert.True(after[o.Key].AsSpan().SequenceEqual(o.Line), $"{image.When}: {o.Key} was replaced"));
        Assert.DoesNotContain(ShipLab.FilesOf(image.Drive, ShipLab.Root), file => file.EndsWith(SegmentShipper.Digests.DigestNotes.Suffix, StringComparison.Ordinal));
    }

    private static ShippingOptions Options(SettableTime time, long? keepBytes) => new() { Digests = true, TimeProvider = time, KeepBytes = keepBytes, Parallel = 1 };

    private sealed record Image(SimulatedDrive Drive, DateTimeOffset Time, string When);
}
