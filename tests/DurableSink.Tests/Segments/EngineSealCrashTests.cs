using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>A power cut at each call that a living log makes while it rolls and seals: what was acknowledged is there, once, in order.</summary>
public sealed class EngineSealCrashTests
{
    [Theory]
    [InlineData(TailBlockMode.Rewrite, PreallocationMode.None)]
    [InlineData(TailBlockMode.Pad, PreallocationMode.Reserved)]
    public async Task What_was_acknowledged_survives_a_cut_at_any_call(TailBlockMode tail, PreallocationMode room)
    {
        var drive = new SimulatedDrive(3) { ForceUnitAccess = true };
        var options = new DurableLogOptions
        {
            Directory = LogLab.Root,
            LogName = "orders",
            Fsync = FsyncPolicy.Always,
            TailBlock = tail,
            Preallocation = room,
            TimeProvider = new FixedTime(),
        };
        var images = new List<(SimulatedDrive Image, long Acknowledged, string When)>();
        var acknowledged = 0L;
        await using (var log = DurableLog.OpenOn(drive, options))
        {
            var seed = 0;
            drive.Called += (call, name, offset, _) =>
            {
                if (call is DriveCall.Read or DriveCall.List or DriveCall.Open) return;
                lock (images)
                {
                    var known = Volatile.Read(ref acknowledged);
                    foreach (var mode in new[] { CutMode.None, CutMode.Prefix, CutMode.Random, CutMode.All })
                        images.Add((drive.PowerCut(mode, seed), known, $"{mode} {seed} before {call} {name} {offset}"));
                    seed++;
                }
            };
            for (var i = 1; i <= 24; i++)
            {
                Volatile.Write(ref acknowledged, log.Append(DurableEvent.Create("Event {N}", i)));
                if (i % 6 == 0) await log.SealAsync(TestContext.Current.CancellationToken);
            }
        }

        Assert.True(images.Count > 200, $"only {images.Count}");
        foreach (var (image, known, when) in images.DistinctBy(i => (i.Image.Fingerprint(), i.Acknowledged)))
        {
            LogLab.Recover(image);
            var sequences = LogLab.SealedSequences(image);
            Assert.True(sequences.Count >= known && sequences.SequenceEqual(LogLab.Range(1, sequences.Count)),
                $"{when}: {known} acknowledged, found {string.Join(',', sequences)}");
        }

        Assert.Equal(LogLab.Range(1, 24), LogLab.SealedSequences(drive));
    }
}
