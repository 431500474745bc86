using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Verifying;

/// <summary>Whether the log still holds what receipts say.</summary>
internal static class ReceiptCheck
{
    public static void Run(IEnumerable<AuditReceipt> receipts, string directory, Verdict verdict, Surroundings world)
    {
        var reader = new DurableLogReader(directory, world.Storage);
        foreach (var receipt in receipts)
        {
            var outcome = reader.Find(receipt).Outcome;
            verdict.Receipts.Add(new(receipt, outcome));
            if (outcome == AuditOutcome.Found) continue;
            var kind = outcome == AuditOutcome.OtherContent ? FindingKind.Damaged : FindingKind.Missing;
            verdict.Findings.Add(new(kind, "", $"receipt {receipt}: {Describe(outcome)}") { Events = new(receipt.Sequence, receipt.Sequence) });
        }
    }

    public static string Describe(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Found => "found, as it was acknowledged",
        AuditOutcome.OtherContent => "another event stands under its number",
        AuditOutcome.Removed => "the log begins after it: its segment was removed",
        AuditOutcome.Missing => "its event is not there",
        _ => "it is another log's",
    };

    public static string Summary(Verdict verdict) =>
        $"{Amounts.Count(verdict.Receipts.Count(r => r.Outcome == AuditOutcome.Found))} of {Amounts.Count(verdict.Receipts.Count, "receipt")} found";
}
