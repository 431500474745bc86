namespace DurableSink;

/// <summary>What became of a receipt's event in the log that was searched.</summary>
public enum AuditOutcome
{
    /// <summary>The event stands in the log as it was acknowledged: number and hash are right.</summary>
    Found,

    /// <summary>Another event stands under its number.</summary>
    OtherContent,

    /// <summary>The log begins after it: its segment was removed (retention, a shipper, by hand), or set aside.</summary>
    Removed,

    /// <summary>The log has no event of that number, although it holds earlier ones: lost to damage, or a copy that is not complete.</summary>
    Missing,

    /// <summary>The receipt is another log's.</summary>
    OtherLog,
}

/// <summary>What <see cref="DurableLogReader.Find"/> found.</summary>
/// <param name="Outcome">What became of the event.</param>
/// <param name="Record">The event that stands under the receipt's number; null where there is none, or the log is another one.</param>
public sealed record AuditFinding(AuditOutcome Outcome, LogRecord? Record = null);
