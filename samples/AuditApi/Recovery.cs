using DurableSink;

namespace AuditApi;

/// <summary>Says at start what the audit log's last run had left, and what opening did about it.</summary>
internal static class Recovery
{
    public static void LogReport(WebApplication app)
    {
        var log = app.Services.GetRequiredKeyedService<DurableLog>("orders");
        var report = log.RecoveryReport;
        app.Logger.Log(
            report.IsClean && report.Missing.Count == 0 ? LogLevel.Information : LogLevel.Warning,
            "Log {Directory} opened in {Milliseconds} ms: {Unfinished} unfinished segments, last sequence {LastSequence}, " +
            "{Missing} ranges missing, direct I/O {DirectIO}",
            log.Directory, (long)report.Duration.TotalMilliseconds, report.Segments.Count, report.LastSequence,
            report.Missing.Count, log.IsDirectIO);

        foreach (var s in report.Segments)
            app.Logger.LogWarning(
                "Segment {Segment} had been left unfinished: {Outcome}, events {FirstSequence} to {LastSequence}, {BytesCut} bytes cut. {Detail}",
                s.Name, s.Outcome, s.FirstSequence, s.LastSequence, s.BytesCut, s.Detail);
    }
}
