using System.Globalization;
using DurableSink.Events;
using Microsoft.Extensions.Logging;

namespace DurableSink.Diagnostics;

/// <summary>
/// What opening had to repair stands in the log itself, as its next event: who reads the log later has no other witness. Verbose where
/// nothing is lost, as headers and seals are; else an error.
/// </summary>
internal static class RecoveryEvent
{
    private const string Template = "Log recovered: {Segments} segments of another run were finished, {Missing} events are missing";

    /// <summary>Appends it where there is something to say; not waited for.</summary>
    public static void Append(DurableLog log)
    {
        var report = log.RecoveryReport;
        if (report.IsClean && report.Missing.Count == 0) return;
        var missing = report.Missing.Sum(range => range.Last - range.First + 1);
        var isLoss = missing > 0 || report.Segments.Any(s => !s.IsWhole);
        Append(log, new DurableEvent(Template)
        {
            Level = isLoss ? LogLevel.Error : LogLevel.Trace,
            Properties =
            [
                new("Segments", report.Segments.Count),
                new("Missing", missing),
                new("Restored", report.Restored),
                new("MissingRanges", report.Missing.Select(range => string.Create(CultureInfo.InvariantCulture, $"{range.First}-{range.Last}")).ToArray()),
                new("Outcomes", report.Segments.Select(s => $"{s.Name}: {s.Outcome}. {s.Detail}").ToArray()),
                new("DurationMs", (long)report.Duration.TotalMilliseconds),
                new("SourceContext", "DurableSink"),
            ],
        });
    }

    private static void Append(DurableLog log, in DurableEvent e)
    {
        var line = EventLine.Rent(log.MaxBodyBytes);
        try
        {
            ClefWriter.Write(line, in e, log.Options.TimeProvider.GetUtcNow());
            if (line.IsFull) ShortenedEvent.Replace(line, log.MaxBodyBytes);
            log.AppendLine(line.Bytes, waitDurable: false, told: false);
        }
        finally
        {
            EventLine.Return(line);
        }
    }
}
