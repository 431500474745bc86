using DurableSink.Bench.Limits;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Recovery;

/// <summary>W4: opening a log that a killed process left, and reading it; each opening and each reading in a fresh process, so that code is cold,
/// as it is when an application starts.</summary>
internal static class RecoveryWorkload
{
    private const string Recovery = "recovery", Opening = "openMs", Drive = "drive", Reading = "reading";
    private const string Cold = "1 GiB active, cold", Warm = "1 GiB active, in the page cache";
    private const double Gibibyte = 1L << 30;
    private const int SealedSegments = 2_000;

    public static Workload Create() => new(
        "w4", "opening a log: one active segment of 1 GiB after kill -9 (every line checked and hashed, then sealed), and many sealed segments; then reading all of it", 1,
        [
            new(Cold, 1, Kind.Ours, setup => GreatActive(setup.Folder, isWarm: false), PageCache.Missing),
            new(Warm, 1, Kind.Ours, setup => GreatActive(setup.Folder, isWarm: true)),
            new($"{SealedSegments:#,0} sealed segments", 1, Kind.Ours, setup => ManySealed(setup.Folder)),
        ],
        [
            new(Recovery, "recovery GiB/s", "0.00") { HasSpread = true }, new(Drive, "drive, 1 MiB direct reads, GiB/s", "0.00") { HasSpread = true },
            new(Reading, "reading events GiB/s", "0.00") { HasSpread = true }, new(Opening, "opening ms", "#,0") { HasSpread = true },
        ],
        [
            Target.AtLeast(2, "in the page cache: recovery GiB/s", r => Results.Of(r.Find(Warm, 1), Recovery)),
            Target.AtLeast(0.8, "cold: recovery to the drive's sequential reads", r => Within(r.Find(Cold, 1), Recovery, Drive)),
            Target.AtLeast(1, "reading events GiB/s", r => Results.Of(r.Find(Warm, 1), Reading)),
        ])
    {
        IsCold = true,
    };

    private static Spread? Within(CaseResults? one, string figure, string other) => one == null ? null : Spread.Of(one.Rounds.Select(r => r[figure] / r[other]));

    private static Figures GreatActive(string folder, bool isWarm)
    {
        RecoveryRig.LeaveActive(folder, 1L << 30);
        var file = Directory.EnumerateFiles(folder, "*.active").Single();
        var gibibytes = new FileInfo(file).Length / Gibibyte;
        if (isWarm) PageCache.Fill(file);
        else PageCache.Drop();
        var opened = RecoveryRig.Ask(RecoveryChild.Open, folder);
        if (opened[2] != 1) throw new InvalidOperationException($"{opened[2]} segments were recovered: a full hour fell into the round; run again.");
        var drive = gibibytes / RecoveryRig.Ask(RecoveryChild.ReadRaw, folder)[0];
        var read = RecoveryRig.Ask(RecoveryChild.Read, folder);
        if (read[1] < opened[3]) throw new InvalidOperationException($"{read[1]} of {opened[3]} events were read.");
        return new() { [Recovery] = gibibytes / opened[0], [Drive] = drive, [Reading] = read[2] / Gibibyte / read[0], [Opening] = opened[1] * 1000 };
    }

    private static Figures ManySealed(string folder)
    {
        RecoveryRig.LeaveSealed(folder, SealedSegments);
        var opened = RecoveryRig.Ask(RecoveryChild.Open, folder);
        return opened[2] == 0 ? new() { [Opening] = opened[1] * 1000 } : throw new InvalidOperationException($"{opened[2]} segments were left by a clean close.");
    }
}
