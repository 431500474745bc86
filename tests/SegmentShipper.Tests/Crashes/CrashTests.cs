using DurableSink;
using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Storage;
using Xunit;

namespace SegmentShipper.Tests.Crashes;

/// <summary>A power cut, or the end of the process, at each call to the drive while a log is written and shipped to the same drive. Afterwards the
/// log is opened and shipped again: in the end every acknowledged event is in exactly one object, and none was ever replaced.</summary>
public sealed class CrashTests
{
    private const int Rounds = 3; // the first, one like all others, and the last

    [Theory]
    [InlineData(false, false, Compression.None)]
    [InlineData(true, false, Compression.Gzip)]
    [InlineData(true, true, Compression.None)]
    public async Task D6_a_cut_at_any_call_leaves_each_event_shipped_once(bool flushIsPerFile, bool byLink, Compression compression)
    {
        var drive = new SimulatedDrive(7) { FlushIsPerFile = flushIsPerFile, RenamesByLink = byLink };
        var images = await RunAsync(drive, compression, null);
        Assert.True(images.Count > 480, $"only {images.Count}");
        foreach (var image in Distinct(images)) await CheckAsync(image, compression);
    }

    [Fact]
    public async Task D6_with_segments_kept_for_a_while()
    {
        var images = await RunAsync(new SimulatedDrive(9) { FlushIsPerFile = true }, Compression.None, keepBytes: 20_000);
        foreach (var image in Distinct(images)) await CheckAsync(image, Compression.None);
    }

    [Fact]
    public async Task D6_a_cut_while_what_a_cut_left_is_shipped()
    {
        var images = await RunAsync(new SimulatedDrive(11) { FlushIsPerFile = true }, Compression.None, null);
        for (var i = 0; i < images.Count; i += 40)
        {
            var again = new List<Image>();
            Observe(images[i].Drive, again, () => images[i].Acknowledged, images[i].When);
            await ShipAllAsync(images[i].Drive, Compression.None, null);
            foreach (var image in Distinct(again.Where((_, n) => n % 7 == 0))) await CheckAsync(image, Compression.None);
        }
    }

    [Fact]
    public async Task The_check_can_fail()
    {
        var images = await RunAsync(new SimulatedDrive(7), Compression.None, null);
        var image = images[^1];
        var key = ShipLab.StoredOn(image.Drive).Keys.First();
        image.Drive.Remove($"{ShipLab.Objects}/{key}");
        await Assert.ThrowsAnyAsync<Exception>(() => CheckAsync(image, Compression.None));
    }

    private static async Task<List<Image>> RunAsync(SimulatedDrive drive, Compression compression, long? keepBytes)
    {
        var images = new List<Image>();
        var acknowledged = 0L;
        await using var log = DurableLog.OpenOn(drive, ShipLab.LogOptions());
        using (var shipper = DirectoryShipper.OpenOn(drive, ShipLab.Root, new DirectoryObjectStore(ShipLab.Objects, drive), Options(compression, keepBytes), log))
        {
            Observe(drive, images, () => Volatile.Read(ref acknowledged), "");
            for (var round = 0; round < Rounds; round++)
            {
                for (var i = 0; i < 2; i++)
                {
                    Volatile.Write(ref acknowledged, log.Append(DurableEvent.Create("Event {Text}", new string('x', 3_000))));
                    await log.SealAsync(ShipLab.Token);
                }

                var status = await shipper.ShipAsync(ShipLab.Token);
                Assert.Equal((0, 0), (status.UnshippedSegments, status.SetAside));
            }
        }

        return images;
    }

    private static void Observe(SimulatedDrive drive, List<Image> images, Func<long> acknowledged, string before)
    {
        drive.Called += (call, name, offset, _) =>
        {
            if (call is DriveCall.Read or DriveCall.List or DriveCall.Open or DriveCall.OpenDirectory or DriveCall.DropCache) return;
            lock (images)
            {
                var known = acknowledged();
                var when = $"{before} before {call} {name} {offset}";
                images.Add(new(drive.ProcessCrash(), known, "crash" + when));
                foreach (var mode in Enum.GetValues<CutMode>()) images.Add(new(drive.PowerCut(mode, images.Count), known, $"{mode} {images.Count}{when}"));
            }
        };
    }

    private static async Task CheckAsync(Image image, Compression compression)
    {
        var before = ShipLab.StoredOn(image.Drive);
        await ShipAllAsync(image.Drive, compression, null);
        var after = ShipLab.StoredOn(image.Drive);
        Assert.All(before.Where(o => !IsPart(o.Key)), o => Assert.True(after[o.Key].AsSpan().SequenceEqual(o.Value), $"{image.When}: {o.Key} was replaced"));
        Assert.True(!after.Keys.Any(IsPart), $"{image.When}: left {string.Join(' ', after.Keys)}");
        var shipped = ShipLab.SequencesOn(image.Drive);
        Assert.True(shipped.SequenceEqual(Enumerable.Range(1, shipped.Count).Select(n => (long)n)), $"{image.When}: {string.Join(',', shipped)}");
        Assert.True(shipped.Count >= image.Acknowledged, $"{image.When}: {image.Acknowledged} acknowledged, {shipped.Count} shipped");
        var local = ShipLab.FilesOf(image.Drive, ShipLab.Root)
            .Where(name => name.Contains(".clef", StringComparison.Ordinal) && !name.Contains(".tail-", StringComparison.Ordinal)).ToList(); // what recovery cut is its own
        Assert.True(local.Count == 2 && local[1] == local[0] + ".shipped", $"{image.When}: {string.Join(' ', local)}");
    }

    /// <summary>The next run: opening recovers, a last event so that what was cut off counts too, sealing, shipping.</summary>
    private static async Task ShipAllAsync(SimulatedDrive drive, Compression compression, long? keepBytes)
    {
        await using (var log = DurableLog.OpenOn(drive, ShipLab.LogOptions())) log.Append(DurableEvent.Create("After"));
        using var directory = drive.OpenDirectory(ShipLab.Root, DirectorySettings.ForReading, create: false);
        Assert.Empty(new SegmentList(directory).Active);
        using var shipper = DirectoryShipper.OpenOn(drive, ShipLab.Root, new DirectoryObjectStore(ShipLab.Objects, drive), Options(compression, keepBytes), null);
        var status = await shipper.ShipAsync(ShipLab.Token);
        Assert.Equal((0, 0, null), (status.UnshippedSegments, status.SetAside, status.LastFailure));
    }

    private static IEnumerable<Image> Distinct(IEnumerable<Image> images) => images.DistinctBy(image => (image.Drive.Fingerprint(), image.Acknowledged));

    private static bool IsPart(string key) => key.EndsWith(".part", StringComparison.Ordinal);

    private static ShippingOptions Options(Compression compression, long? keepBytes) => new() { Compression = compression, KeepBytes = keepBytes, Parallel = 1 };

    private sealed record Image(SimulatedDrive Drive, long Acknowledged, string When);
}
