using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tooling.Recovering;

namespace DurableSink.Tooling.Verifying;

/// <summary>
/// What is wrong with segments that are not sealed, as the engine's recovery judges it. A commit that is being written meanwhile looks
/// torn, or damaged: what is found counts only when it is found a second time.
/// </summary>
internal sealed class ActiveCheck(ILogDirectory files, TimeProvider time)
{
    private const int MostLooks = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public SegmentList Found { get; private set; } = null!;

    public RecoveryReport Report { get; private set; } = null!;

    /// <summary>Whether the segments changed all the time, so that nothing can be said against them.</summary>
    public bool IsBeingWritten { get; private set; }

    /// <summary>Events that are whole in them.</summary>
    public List<SequenceRange> Runs => NumberSet.Without(
        Report.Segments.Where(s => s.LastSequence >= s.FirstSequence && s.Outcome != RecoveryOutcome.SetAside).Select(s => new SequenceRange(s.FirstSequence, s.LastSequence)),
        IsBeingWritten ? [] : Report.Missing);

    public void Run()
    {
        using var never = new ManualResetEventSlim();
        (Found, Report) = DryRecovery.Run(files, time);
        for (var looks = 1; !IsWhole(Report); looks++)
        {
            if (looks == MostLooks)
            {
                IsBeingWritten = true;
                return;
            }

            var before = Evidence(Report);
            never.Wait(Pause);
            (Found, Report) = DryRecovery.Run(files, time);
            if (Evidence(Report) == before) return;
        }
    }

    /// <summary>Adds what is to be said.</summary>
    public void Tell(Verdict verdict)
    {
        if (IsBeingWritten)
        {
            verdict.Add(FindingKind.Note, "", "the log is being written: its end was never twice the same");
            return;
        }

        foreach (var segment in Report.Segments) verdict.Add(KindOf(segment), segment.Name, Describe(segment));
    }

    private static string Describe(RecoveredSegment segment) => segment.Outcome switch
    {
        RecoveryOutcome.Sealed => $"not sealed: being written, or left by a crash ({segment.Detail})",
        _ => $"not sealed; what the next opening would do: {segment.Outcome}. {segment.Detail}",
    };

    private FindingKind KindOf(RecoveredSegment segment) => segment.Outcome switch
    {
        RecoveryOutcome.Sealed or RecoveryOutcome.Superseded => FindingKind.Note,
        RecoveryOutcome.Cut => FindingKind.Torn,
        // Nothing in it is needed, unless what it held is missing now.
        RecoveryOutcome.SetAside when Report.Missing.Count == 0 => FindingKind.Torn,
        _ => FindingKind.Damaged,
    };

    private static bool IsWhole(RecoveryReport report) => report.Missing.Count == 0 &&
        report.Segments.All(s => s.Outcome is RecoveryOutcome.Sealed or RecoveryOutcome.Superseded);

    /// <summary>What stays the same where nobody writes; the greatest number does not, where damage stands before what is being written.</summary>
    private static string Evidence(RecoveryReport report) => string.Join('|', report.Segments
        .Where(s => s.Outcome is not (RecoveryOutcome.Sealed or RecoveryOutcome.Superseded))
        .Select(s => $"{s.Name} {s.Outcome} {s.Detail.Split(';')[0]}"));
}
