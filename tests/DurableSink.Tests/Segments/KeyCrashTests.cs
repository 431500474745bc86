using System.Text;
using DurableSink.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>A power cut at each call of a log that is written under keys, rolls, seals and removes: what is tried again is in the log once.</summary>
public sealed class KeyCrashTests
{
    private const int Events = 10;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task After_a_cut_at_any_call_every_retry_gets_the_first_place_or_writes_the_first_event(bool flushIsPerFile, bool byLink)
    {
        var drive = new SimulatedDrive(3) { FlushIsPerFile = flushIsPerFile, RenamesByLink = byLink };
        var images = new List<(SimulatedDrive Image, int Acknowledged, string When)>();
        var places = new List<EventPlace>();
        var seed = 0;
        await using (var log = Open(drive))
        {
            drive.Called += (call, name, offset, _) =>
            {
                if (call is DriveCall.Read or DriveCall.List or DriveCall.Open) return;
                lock (images)
                {
                    int known;
                    lock (places) known = places.Count;
                    // Names are lost each for itself: of those not flushed yet, each combination.
                    foreach (var mode in Enum.GetValues<CutMode>().Concat(Enumerable.Repeat(CutMode.Random, call == DriveCall.DirectoryFlush ? 8 : 0)))
                        images.Add((drive.PowerCut(mode, ++seed), known, $"{mode} {seed} before {call} {name} {offset}"));
                }
            };
            for (var i = 1; i <= Events; i++)
            {
                var place = await Write(log, i);
                lock (places) places.Add(place);
                if (i % 2 == 0) await log.SealAsync(TestContext.Current.CancellationToken);
            }
        }

        Assert.True(images.Count > 300, $"only {images.Count}");
        Assert.Contains(images, image => image.When.Contains(".keys", StringComparison.Ordinal));
        foreach (var (image, known, when) in images.DistinctBy(i => (i.Image.Fingerprint(), i.Acknowledged)))
        {
            await using var log = Open(image);
            var last = log.LastSequence;
            for (var i = 1; i <= known; i++) Assert.True(places[i - 1] == await Write(log, i), $"{when}: event {i} of {known}");
            Assert.True(last == log.LastSequence, $"{when}: something was written again");
            // The one that was under way: there before, or written now, and from then on the same.
            Assert.Equal(known + 1, (await Write(log, known + 1)).Sequence);
            Assert.Equal(known + 1, (await Write(log, known + 1)).Sequence);
            Assert.True(log.LastSequence == known + 1, when);
        }
    }

    [Fact]
    public async Task A_second_cut_within_the_recovery_forgets_none()
    {
        var drive = new SimulatedDrive(4);
        var places = new List<EventPlace>();
        await using (var log = Open(drive))
        {
            for (var i = 1; i <= Events; i++)
            {
                places.Add(await Write(log, i));
                if (i == 4) await log.SealAsync(TestContext.Current.CancellationToken);
            }

            drive = drive.PowerCut(CutMode.Random, 7);
        }

        var images = new List<(SimulatedDrive Image, string When)>();
        drive.Called += (call, name, offset, _) =>
        {
            if (call is not (DriveCall.Read or DriveCall.List or DriveCall.Open))
                lock (images) images.AddRange(Enum.GetValues<CutMode>().Select(mode => (drive.PowerCut(mode, images.Count), $"{mode} before {call} {name} {offset}")));
        };
        await Open(drive).DisposeAsync();
        Assert.Contains(images, image => image.When.Contains(".keys", StringComparison.Ordinal));
        foreach (var (image, when) in images.DistinctBy(i => i.Image.Fingerprint()))
        {
            await using var log = Open(image);
            for (var i = 1; i <= Events; i++) Assert.True(places[i - 1] == await Write(log, i), $"{when}: event {i}");
            Assert.Equal(Events, log.LastSequence);
        }
    }

    [Fact]
    public async Task Of_a_damaged_segment_the_keys_of_what_is_salvaged_are_kept()
    {
        var drive = new SimulatedDrive(5);
        var places = new List<EventPlace>();
        await using (var log = Open(drive))
        {
            for (var i = 1; i <= 4; i++) places.Add(await Write(log, i));
            drive = drive.PowerCut(CutMode.None, 1);
        }

        var active = LogLab.Names(drive).Single(name => name.EndsWith(".active", StringComparison.Ordinal));
        var bytes = LogLab.Bytes(drive, active);
        bytes[bytes.AsSpan().IndexOf("\"N\":2"u8) + 60] ^= 1;
        await using (var whole = Open(drive)) await whole.SealAsync(TestContext.Current.CancellationToken);
        var keys = active.Replace(".clef.active", ".keys", StringComparison.Ordinal);
        var damaged = LogLab.Drive((active, bytes), (keys, LogLab.Bytes(drive, keys)), ("LOG", LogLab.Bytes(drive, "LOG"))); // of a sealing that was cut short, before the damage
        await using var again = Open(damaged);
        Assert.Equal([new(2, 2)], again.RecoveryReport.Missing);
        foreach (var i in new[] { 1, 3, 4 }) Assert.Equal((places[i - 1].Sequence, places[i - 1].Hash), await Write(again, i) is var place ? (place.Sequence, place.Hash) : default);
        Assert.Equal(5, (await Write(again, 2)).Sequence); // lost, so written again
    }

    private static DurableLog Open(SimulatedDrive drive)
    {
        var log = DurableLog.OpenOn(drive, new()
        {
            Directory = LogLab.Root,
            LogName = "orders",
            Fsync = FsyncPolicy.Always,
            Preallocation = PreallocationMode.None,
            SegmentBytes = 64 << 10,
            MaxEventBytes = 16 << 10,
            RetainBytes = 128 << 10,
        });
        log.RememberKeys(1000, TimeSpan.FromDays(1));
        return log;
    }

    private static Task<EventPlace> Write(DurableLog log, int n)
    {
        var body = Encoding.ASCII.GetBytes($$"""{"@t":"2026-11-20T08:00:01.1234567Z","IdempotencyKey":"key {{n}}","@mt":"{N}","N":{{n}},"Text":"{{new string('x', 14_000)}}"}""");
        var time = Timestamps.FromTicks(Timestamps.TicksOfLine(body));
        return log.AppendKeyed($"key {n}", KeyedLine.ContentOf(body), time, body.AsSpan()[..^1]).Durable;
    }
}
