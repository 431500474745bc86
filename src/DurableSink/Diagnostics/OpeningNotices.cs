using Microsoft.Extensions.Logging;

namespace DurableSink.Diagnostics;

/// <summary>What an operator should know of a log that was just opened.</summary>
internal static class OpeningNotices
{
    public static void Tell(DurableLog log, string fileSystem)
    {
        log.Notify(new(LogLevel.Information, "Opened",
            $"Log '{log.LogName}' is open in '{log.Directory}' ({fileSystem}, {(log.IsDirectIO ? "direct I/O" : "through the page cache")}, Fsync {log.Options.Fsync}); its last event is {log.LastSequence}."));
        if (!log.IsDirectIO && log.Options.DirectIO == DirectIOMode.Auto)
        {
            log.Notify(new(LogLevel.Warning, "DirectIORefused",
                $"The file system of '{log.Directory}' ({fileSystem}) refuses direct I/O: segments go through the page cache, flushes are the same (D10). " +
                "Set DirectIO to Off to accept that, or to Require to fail instead."));
        }

        foreach (var segment in log.RecoveryReport.Segments)
        {
            var level = segment.IsWhole ? LogLevel.Information : LogLevel.Error;
            log.Notify(new(level, "Recovered", $"Segment '{segment.Name}' in '{log.Directory}' was left by another run: {segment.Outcome}. {segment.Detail}."));
        }
    }
}
