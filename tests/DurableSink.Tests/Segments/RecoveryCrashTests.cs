using DurableSink.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>D5: recovery survives its own crash. It is cut short at each call to the drive, in every way, and run again until it is done.</summary>
public sealed class RecoveryCrashTests
{
    private static readonly (CutMode Mode, int Seed)[] Cuts =
    [
        (CutMode.None, 0), (CutMode.All, 0), (CutMode.Prefix, 1), (CutMode.Random, 2), (CutMode.Random, 3),
    ];

    public static TheoryData<string> Scenarios => [.. All.Keys];

    private static Dictionary<string, Func<Scenario>> All { get; } = new()
    {
        ["whole"] = () => new([Active(new SegmentText().Commit(40), 8192)], [.. LogLab.Range(1, 40)]),
        ["sealed, not renamed"] = () => new([Active(new SegmentText().Commit(40).Seal(), 8192)], [.. LogLab.Range(1, 40)]),
        ["sealed with more behind"] = () => new([Active(new SegmentText().Commit(40).Seal().Raw("\nleft over\n"u8), 8192)], [.. LogLab.Range(1, 40)]),
        ["torn"] = () => new([Active(Torn(new SegmentText().Commit(40)), 8192)], [.. LogLab.Range(1, 40)]),
        ["two, the first unsealed"] = () => new(
            [Active(new SegmentText(1, "aaaaaaaa").Commit(20)), Active(Torn(new SegmentText(21, "bbbbbbbb", previous: "aaaaaaaa").Commit(20)))],
            [.. LogLab.Range(1, 40)]),
        ["superseded tail"] = () => new(
            [Flipped(new SegmentText(1, "aaaaaaaa").Commit(30), 27), Active(new SegmentText(25, "bbbbbbbb", durable: 28, previous: "aaaaaaaa", origin: "aaaaaaaa", reason: "rewrite").Commit(20))],
            [.. LogLab.Range(1, 44)]),
        ["damaged middle"] = () => new([Flipped(new SegmentText().Commit(50), 10, 11, 30)], [.. LogLab.Range(1, 9), .. LogLab.Range(12, 29), .. LogLab.Range(31, 50)]),
        ["damaged, then one that is whole"] = () => new(
            [Flipped(new SegmentText(1, "aaaaaaaa").Commit(20), 1), Active(new SegmentText(21, "bbbbbbbb", previous: "aaaaaaaa").Commit(20))],
            [.. LogLab.Range(2, 40)]),
        ["no header"] = () => new([Headless(new SegmentText().Commit(20))], [.. LogLab.Range(1, 20)]),
        ["a sealed one before, and a spare"] = () => new(
            [Sealed(new SegmentText(1, "aaaaaaaa").Commit(20).Seal()), Active(new SegmentText(21, "bbbbbbbb", previous: "aaaaaaaa").Commit(20)), ("orders-01234567.spare", new byte[4096])],
            [.. LogLab.Range(1, 40)]),
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Cut_short_anywhere_and_run_again_it_comes_to_the_same(string scenario) => Run(All[scenario](), byLink: false);

    [Theory]
    [InlineData("whole")]
    [InlineData("damaged middle")]
    public void Also_where_a_rename_is_a_link_and_an_unlink(string scenario) => Run(All[scenario](), byLink: true);

    private static void Run(Scenario scenario, bool byLink)
    {
        var start = LogLab.Drive(scenario.Files);
        start.RenamesByLink = byLink;
        var calls = 0;
        var counted = start.ProcessCrash();
        counted.Called += (call, _, _, _) => calls += Changes(call) ? 1 : 0;
        var next = LogLab.Recover(counted).NextSequence;
        Check(counted, scenario, next, "no crash");
        Assert.True(calls >= 5);

        var seen = new HashSet<UInt128>(); // many cuts leave the same
        for (var at = 1; at <= calls; at++)
        {
            var crashed = CrashAt(start.ProcessCrash(), at);
            Check(crashed.ProcessCrash(), scenario, next, $"process crash at {at}");
            foreach (var (mode, seed) in Cuts)
            {
                var cut = crashed.PowerCut(mode, seed + at * 10);
                if (mode == CutMode.Random)
                {
                    var again = CrashAt(cut.ProcessCrash(), (at * 7 + seed) % calls + 1); // in the recovery of the recovery
                    var twice = again.PowerCut(mode, at);
                    if (seen.Add(twice.Fingerprint())) Check(twice, scenario, next, $"cut {seed} at {at}, and again");
                }

                if (seen.Add(cut.Fingerprint())) Check(cut, scenario, next, $"cut {mode} {seed} at {at}");
            }
        }
    }

    /// <summary>A crash before a call that only looks is the same as one before the call that follows.</summary>
    private static bool Changes(DriveCall call) =>
        call is not (DriveCall.Read or DriveCall.List or DriveCall.Open or DriveCall.OpenDirectory or DriveCall.DropCache);

    private static SimulatedDrive CrashAt(SimulatedDrive drive, int call)
    {
        drive.Called += (made, _, _, _) =>
        {
            if (Changes(made) && --call == 0) throw new CrashException();
        };
        try
        {
            LogLab.Recover(drive);
        }
        catch (CrashException)
        {
            // as planned; a second recovery may need fewer calls, and end
        }

        return drive;
    }

    private static void Check(SimulatedDrive drive, Scenario scenario, long next, string when)
    {
        var result = LogLab.Recover(drive);
        Assert.True(next == result.NextSequence, $"{when}: next is {result.NextSequence}");
        Assert.True(scenario.Kept.SequenceEqual(LogLab.SealedSequences(drive)), $"{when}: {string.Join(',', LogLab.SealedSequences(drive))}");
        Assert.DoesNotContain(LogLab.Names(drive), n => n.EndsWith(".active", StringComparison.Ordinal) || n.EndsWith(".spare", StringComparison.Ordinal));
        var done = drive.PowerCut(CutMode.None, 0); // all of it durable
        var snapshot = LogLab.Snapshot(done);
        Assert.True(LogLab.Recover(done).Report.IsClean, when);
        Assert.Equal(snapshot, LogLab.Snapshot(done));
        foreach (var (name, bytes) in scenario.Files)
        {
            // What was taken out of the log is kept: a damaged original whole, a tail in its copy.
            if (!LogLab.Names(done).Contains(name.Replace(".active", ".damaged", StringComparison.Ordinal))) continue;
            Assert.Equal(bytes, LogLab.Bytes(done, name.Replace(".active", ".damaged", StringComparison.Ordinal)));
        }
    }

    private static (string, byte[]) Active(SegmentText text, int room = 0) => (text.Name.Active, text.Active(room));

    private static (string, byte[]) Sealed(SegmentText text) => (text.Name.Sealed, text.Exact());

    private static (string, byte[]) Flipped(SegmentText text, params long[] lines)
    {
        var bytes = text.Active();
        foreach (var n in lines) bytes[text.Lines[n].Offset + 90] ^= 1;
        return (text.Name.Active, bytes);
    }

    private static (string, byte[]) Headless(SegmentText text)
    {
        var bytes = text.Active();
        bytes[20] ^= 1;
        return (text.Name.Active, bytes);
    }

    /// <summary>A commit of which only some sectors arrived: a line cut at a sector's end, and a piece of one further on.</summary>
    private static SegmentText Torn(SegmentText text) => text
        .Raw([.. Enumerable.Repeat((byte)'x', 5120 - text.Length % 512)])
        .Raw([.. Enumerable.Repeat(LineTrailer.Newline, 1024)])
        .Raw([.. Enumerable.Repeat((byte)'y', 700)]);

    private sealed record Scenario((string Name, byte[] Bytes)[] Files, long[] Kept);
}
