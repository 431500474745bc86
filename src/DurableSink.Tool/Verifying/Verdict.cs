using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Verifying;

/// <summary>All that verify found, and the two verdicts.</summary>
internal sealed class Verdict
{
    public required string Place { get; init; }

    public string? LogName { get; set; }

    public string? LogId { get; set; }

    public int Segments { get; set; }

    /// <summary>Segments whose seal was checked, and of those the ones that name the hash of the file before them.</summary>
    public int Seals { get; set; }

    public int Links { get; set; }

    /// <summary>Seals whose signature was checked, and is right.</summary>
    public int Signatures { get; set; }

    /// <summary>Digests that were checked, and when the last of them was made.</summary>
    public int Digests { get; set; }

    public DateTimeOffset? DigestsUntil { get; set; }

    /// <summary>Whole events.</summary>
    public long Events { get; set; }

    public long Bytes { get; set; }

    /// <summary>The first and last number; null for a log without events.</summary>
    public SequenceRange? Sequences { get; set; }

    public TimeSpan Duration { get; set; }

    public List<Finding> Findings { get; } = [];

    public List<CheckedReceipt> Receipts { get; } = [];

    /// <summary><c>whole</c>, <c>torn</c> or <c>damaged</c>: whether all that is there is what was written.</summary>
    public string Integrity => Has(FindingKind.Damaged) ? "damaged" : Has(FindingKind.Torn) ? "torn" : "whole";

    /// <summary><c>complete</c> or <c>incomplete</c>: whether each number from the first to the last has its event.</summary>
    public string Completeness => Has(FindingKind.Missing) ? "incomplete" : "complete";

    public int Exit => Has(FindingKind.Damaged) || Has(FindingKind.Missing) ? Exits.Damaged : Has(FindingKind.Torn) ? Exits.Blemished : Exits.Done;

    public string Rate => Amounts.Bytes(Bytes / Math.Max(Duration.TotalSeconds, 0.001)) + "/s";

    public void Add(FindingKind kind, string file, string text, long? offset = null) => Findings.Add(new(kind, file, text) { Offset = offset });

    private bool Has(FindingKind kind) => Findings.Exists(f => f.Kind == kind);
}

/// <summary>A receipt, and what became of its event.</summary>
internal sealed record CheckedReceipt(AuditReceipt Receipt, AuditOutcome Outcome);
