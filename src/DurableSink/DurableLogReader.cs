using System.Runtime.CompilerServices;
using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink;

/// <summary>
/// Reads and follows the log in a directory, sealed and active segments alike, while another process may write it. Needs only
/// permission to read. Returns whole lines whose hash is right, in sequence order, each once; never half a line. Holds nothing open
/// between enumerations; may be used from any thread, each enumeration from one at a time.
/// </summary>
public sealed class DurableLogReader
{
    private readonly string _directory;
    private readonly ILogStorage _storage;

    /// <summary>A reader of the log in <paramref name="directory"/>.</summary>
    public DurableLogReader(string directory) : this(directory, LogStorage.ForThisPlatform()) { }

    internal DurableLogReader(string directory, ILogStorage storage)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _directory = Path.GetFullPath(directory);
        _storage = storage;
    }

    /// <summary>How often <see cref="FollowAsync"/> looks for more: default 100 ms.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The source of time for <see cref="FollowAsync"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Reads from <paramref name="start"/> to the present end of the log.</summary>
    /// <exception cref="DurableLogException">The directory or a segment cannot be read, or has a newer format.</exception>
    public IEnumerable<LogRecord> Read(LogPosition start = default)
    {
        using var cursor = new LogCursor(_storage.OpenDirectory(_directory, DirectorySettings.ForReading, create: false), start);
        while (cursor.Next() is { Count: > 0 } records)
        {
            foreach (var record in records) yield return record;
        }
    }

    /// <summary>
    /// Looks for the event of a receipt. Reads one segment at most up to the event. The record may be provisional where the log is being
    /// written: its line is right, and who got the receipt knows more than a reader does.
    /// </summary>
    /// <exception cref="DurableLogException">The directory or a segment cannot be read, or has a newer format.</exception>
    public AuditFinding Find(AuditReceipt receipt)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        long? first;
        using (var directory = _storage.OpenDirectory(_directory, DirectorySettings.ForReading, create: false))
        {
            if (LogIdentity.IdOf(directory) is { } id && id != receipt.LogId) return new(AuditOutcome.OtherLog);
            first = new SegmentOrder(new SegmentList(directory)).First?.FirstSequence;
        }

        if (receipt.Sequence < first) return new(AuditOutcome.Removed);
        var found = Read(LogPosition.FromSequence(receipt.Sequence)).FirstOrDefault();
        if (found is not { Kind: LogRecordKind.Event } || found.Sequence != receipt.Sequence) return new(AuditOutcome.Missing);
        return new(LineTrailer.ToText(LineTrailer.HashOf(found.Json.Span)) == receipt.Hash ? AuditOutcome.Found : AuditOutcome.OtherContent, found);
    }

    /// <summary>
    /// Reads from <paramref name="start"/> and goes on with events as they are written, until cancelled. An event may come before it is
    /// known durable (<see cref="LogRecord.IsProvisional"/>).
    /// </summary>
    /// <exception cref="DurableLogException">The directory or a segment cannot be read, or has a newer format.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async IAsyncEnumerable<LogRecord> FollowAsync(
        LogPosition start = default, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var cursor = new LogCursor(_storage.OpenDirectory(_directory, DirectorySettings.ForReading, create: false), start);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var records = cursor.Next();
            foreach (var record in records) yield return record;
            if (records.Count == 0) await Task.Delay(PollInterval, TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }
}
