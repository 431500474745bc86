using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>A power cut at each call that a log makes while it seals and removes: what is left is the end of the log, without a hole.</summary>
public sealed class RetentionCrashTests
{
    private const int Events = 12;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Rule11_what_a_cut_at_any_call_leaves_is_a_suffix_of_the_log(bool flushIsPerFile, bool byLink)
    {
        var drive = new SimulatedDrive(3) { FlushIsPerFile = flushIsPerFile, RenamesByLink = byLink };
        var images = new List<(SimulatedDrive Image, long Acknowledged, string When)>();
        var (acknowledged, removals, seed) = (0L, 0, 0);
        await using (var log = DurableLog.OpenOn(drive, Options()))
        {
            drive.Called += (call, name, offset, _) =>
            {
                if (call is DriveCall.Read or DriveCall.List or DriveCall.Open) return;
                lock (images)
                {
                    if (call == DriveCall.Delete && name.EndsWith(".clef", StringComparison.Ordinal)) removals++;
                    var known = Volatile.Read(ref acknowledged);
                    foreach (var mode in Enum.GetValues<CutMode>())
                        images.Add((drive.PowerCut(mode, seed), known, $"{mode} {seed} before {call} {name} {offset}"));
                    seed++;
                }
            };
            for (var i = 1; i <= Events; i++)
            {
                Volatile.Write(ref acknowledged, log.Append(DurableEvent.Create("Event {N} {Text}", i, new string('x', 14_000))));
                await log.SealAsync(TestContext.Current.CancellationToken);
            }
        }

        Assert.True(removals >= 6, $"only {removals} removals");
        Assert.True(images.Count > 300, $"only {images.Count}");
        var firsts = new HashSet<long>();
        foreach (var (image, known, when) in images.DistinctBy(i => (i.Image.Fingerprint(), i.Acknowledged)))
        {
            var next = LogLab.Recover(image).NextSequence;
            var kept = LogLab.SealedSequences(image);
            var first = kept is [] ? 1 : kept[0];
            firsts.Add(first);
            Assert.True(kept.SequenceEqual(LogLab.Range(first, first + kept.Count - 1)), $"{when}: a hole in {string.Join(',', kept)}");
            Assert.True(next > known && next == first + kept.Count, $"{when}: {known} acknowledged, next is {next}, kept {string.Join(',', kept)}");
            Assert.True(first == 1 || kept.Count >= 3, $"{when}: too much was removed, kept {string.Join(',', kept)}");
        }

        Assert.True(firsts.Count >= 7, $"only {firsts.Count} beginnings"); // each removal was seen done and undone
    }

    private static DurableLogOptions Options() => new()
    {
        Directory = LogLab.Root,
        LogName = "orders",
        Fsync = FsyncPolicy.Always,
        Preallocation = PreallocationMode.None,
        SegmentBytes = 64 << 10,
        MaxEventBytes = 16 << 10,
        RetainBytes = 128 << 10,
    };
}
