using DurableSink.Segments;

namespace DurableSink.Tooling.Verifying;

/// <summary>Whether each seal names the hash of the file before it.</summary>
internal sealed class ChainCheck(IReadOnlyList<SealedCheck> checks, Verdict verdict)
{
    private const string First = "first segment";

    public void Run()
    {
        for (var i = 0; i < checks.Count; i++)
        {
            if (checks[i].Seal is { } seal) Check(i, seal);
        }
    }

    private void Check(int index, SegmentSeal seal)
    {
        var file = checks[index].File;
        if (seal.Previous.Sha256 is not { } named)
        {
            if (seal.Previous.Reason == First && checks[index].FirstSequence == 1) return;
            if (seal.Previous.Reason == First) verdict.Add(FindingKind.Damaged, file, "its seal says that it is the log's first, its number says that it is not");
            else verdict.Add(FindingKind.Note, file, $"its seal names no file before it: {seal.Previous.Reason}");
            return;
        }

        if (index == 0)
        {
            verdict.Add(FindingKind.Note, file, "the file before it is not here, so the chain begins with it");
            return;
        }

        var before = checks[index - 1];
        if (before.Sha256 == null) return; // broken itself, and said
        if (before.Sha256 == named) verdict.Links++;
        // What damage left of a segment is sealed later than the one that follows it.
        else if (IsSalvage(before) && checks.Take(index - 1).Any(c => c.Sha256 == named)) verdict.Links++;
        // A hole in the numbers is said by itself: what this seal names is among what is not there.
        else if (checks[index].FirstSequence <= before.LastSequence + 1)
        {
            verdict.Add(FindingKind.Damaged, file, $"its seal names a file with the SHA-256 {named} before it; '{before.File}' has {before.Sha256}");
        }
    }

    private static bool IsSalvage(SealedCheck check) => check.Header?.OriginReason == Salvage.Reason;
}
