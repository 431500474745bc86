namespace DurableSink;

/// <summary>A log could not do what was asked. For a write, the event is in doubt: it may still stand in the log, now or later.</summary>
public class DurableLogException : IOException
{
    /// <summary>Makes the exception.</summary>
    public DurableLogException(string message, Exception? inner = null) : base(message, inner) { }

    /// <summary>The number of the event that is in doubt, or of the last one where a flush failed; null where the message is about nothing
    /// that was accepted.</summary>
    public long? Sequence { get; init; }
}

/// <summary>A call to the file system failed.</summary>
public sealed class DurableIOException : DurableLogException
{
    /// <summary>Makes the exception for the failed <paramref name="operation"/>.</summary>
    public DurableIOException(string operation, string path, long offset, int errno, string reason)
        : base($"{operation} failed on '{path}'" + (offset >= 0 ? $" at offset {offset}" : "") + $": {reason} (errno {errno})")
    {
        Operation = operation;
        Path = path;
        Offset = offset;
        Errno = errno;
    }

    /// <summary>The system call or step that failed, such as <c>fdatasync</c>.</summary>
    public string Operation { get; }

    /// <summary>The file or directory.</summary>
    public string Path { get; }

    /// <summary>The offset in bytes, or -1 where there is none.</summary>
    public long Offset { get; }

    /// <summary>The platform's error number.</summary>
    public int Errno { get; }

    /// <summary>The drive, or a quota, is full, and the call was no flush: it took nothing that was written before with it.</summary>
    internal bool IsNoRoom => Operation is not ("fdatasync" or "fsync" or "syncfs" or "FlushFileBuffers") && (OperatingSystem.IsWindows()
        ? Errno is 39 or 112 // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL
        : Errno == 28 || Errno == (OperatingSystem.IsMacOS() ? 69 : 122)); // ENOSPC, EDQUOT
}

/// <summary>The directory is held by another writer (D8).</summary>
public sealed class DurableLogLockedException : DurableLogException
{
    /// <summary>Makes the exception; <paramref name="holder"/> is what the holder wrote into the lock file.</summary>
    public DurableLogLockedException(string directory, string holder, TimeSpan waited)
        : base($"The log directory '{directory}' is in use by {holder} (waited {waited.TotalSeconds:0.###} s). A directory has one writer: " +
               "stop the other one, give this log a directory of its own, or set WhenLocked to Instance.")
    {
        Directory = directory;
        Holder = holder;
    }

    /// <summary>The directory.</summary>
    public string Directory { get; }

    /// <summary>Host, process and start time of the holder, as it wrote them.</summary>
    public string Holder { get; }
}

/// <summary>The buffer stayed full for <see cref="DurableLogOptions.BlockTimeout"/>: the event was not accepted.</summary>
public sealed class DurableLogFullException : DurableLogException
{
    /// <summary>Makes the exception.</summary>
    public DurableLogFullException(string message, Exception? inner = null) : base(message, inner) { }
}

/// <summary>The event's line is longer than <see cref="DurableLogOptions.MaxEventBytes"/>: it was not accepted.</summary>
public sealed class EventTooLargeException : DurableLogException
{
    /// <summary>Makes the exception for a line of <paramref name="bytes"/>.</summary>
    public EventTooLargeException(long bytes, int limit)
        : base($"The event takes {bytes} bytes as a line; MaxEventBytes allows {limit}. Log less in one event, or raise MaxEventBytes.")
    {
        Bytes = bytes;
        Limit = limit;
    }

    /// <summary>The line's length in bytes.</summary>
    public long Bytes { get; }

    /// <summary>The limit in bytes.</summary>
    public int Limit { get; }
}

/// <summary>
/// The wait for an event's durability was cancelled; the event was accepted and its outcome is not known to the caller. It may
/// well become durable.
/// </summary>
public sealed class DurableOutcomeUnknownException : OperationCanceledException
{
    /// <summary>Makes the exception.</summary>
    public DurableOutcomeUnknownException(long sequence, CancellationToken token)
        : base($"The wait for event {sequence} was cancelled; the event was accepted and may be durable.", token) => Sequence = sequence;

    /// <summary>The event's sequence number.</summary>
    public long Sequence { get; }
}

/// <summary>
/// An event was to be written under an idempotency key (<see cref="IAuditLog.WithIdempotencyKey"/>) under which another one is in the log:
/// one with another template, level or other properties. Nothing was written. A retry repeats what it retries; another event needs another key.
/// </summary>
public sealed class IdempotencyConflictException : InvalidOperationException
{
    /// <summary>Makes the exception.</summary>
    public IdempotencyConflictException(string key, long sequence)
        : base($"The idempotency key '{key}' belongs to event {sequence}, which has other content: another template, level or other properties. " +
               "Nothing was written. Give each event a key of its own, and a retry the same content as the first attempt.")
    {
        Key = key;
        Sequence = sequence;
    }

    /// <summary>The key.</summary>
    public string Key { get; }

    /// <summary>The number of the event that has the key.</summary>
    public long Sequence { get; }
}
