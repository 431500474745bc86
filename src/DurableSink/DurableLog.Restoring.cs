using DurableSink.Commit;
using DurableSink.Diagnostics;
using DurableSink.Segments;
using DurableSink.Storage;
using Microsoft.Extensions.Logging;

namespace DurableSink;

/// <summary>What an earlier run of this log had accepted when its process ended.</summary>
public sealed partial class DurableLog
{
    private static DurableLog WithAccepted(DurableLog log)
    {
        try
        {
            log.RestoreAccepted();
            OpeningNotices.Tell(log, log._directory.Files.FileSystem);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes the accepted events durable that a killed process left in memory, under their numbers, in a segment of their own; only then is
    /// that memory given up. What does not follow the log is refused, and told.
    /// </summary>
    private void RestoreAccepted()
    {
        if (_kept.Left.Count == 0) return;
        var first = LastSequence + 1;
        var restore = new KeptRestore(_kept.Left, _lastEvent);
        var restored = restore.AppendTo(body =>
        {
            CheckLength(body.Length);
            return _commit.Append(body.Span, wait: false);
        });
        if (restored > 0)
        {
            SealAsync().AsTask().GetAwaiter().GetResult(); // sealed: the keys of its events are found as those of any other
            Notify(new(LogLevel.Warning, "Restored",
                $"Events {first} to {first + restored - 1} of log '{LogName}' in '{Directory}' had been accepted and were not durable when the process before ended: they are now."));
        }

        if (restore.Refused is > 0 and var refused)
        {
            Notify(new(LogLevel.Warning, "BufferRefused",
                $"The memory of an earlier process of log '{LogName}' in '{Directory}' held {refused} events that do not follow event {LastSequence}: they are not restored."));
        }

        RecoveryReport = RecoveryReport.With(restored, LastSequence);
        _kept.DeleteLeft();
    }

    /// <summary>See <see cref="GroupCommit.Frozen"/>.</summary>
    internal T Frozen<T>(Func<T> look) => _commit.Frozen(look);

    /// <summary>The log's last event, and its body's hash; with hash 0 where it cannot be read.</summary>
    internal static (long Sequence, ulong Hash) ReadLastEvent(string directory, ILogStorage storage, long sequence)
    {
        if (sequence == 0) return default;
        var found = new DurableLogReader(directory, storage).Read(LogPosition.FromSequence(sequence)).FirstOrDefault(record => record.Sequence == sequence);
        return found is { Kind: LogRecordKind.Event } && LineTrailer.TrySplit(found.Json.Span, out var body, out _)
            ? (sequence, KeptBuffer.HashOfBody(found.Json.Span[..body]))
            : (sequence, 0);
    }
}
