namespace DurableSink;

/// <summary>STUB of the contract; the engine replaces it.</summary>
public sealed class DurableLogReader
{
    /// <summary>A reader of the log in a directory; another process may be writing it. Needs only read permission.</summary>
    public DurableLogReader(string directory) { }

    /// <summary>Reads from <paramref name="start"/> to the present end of the log.</summary>
    public IEnumerable<LogRecord> Read(LogPosition start = default) => throw new NotSupportedException();

    /// <summary>Reads from <paramref name="start"/> and goes on with events as they are committed, until cancelled.</summary>
    public IAsyncEnumerable<LogRecord> FollowAsync(LogPosition start = default, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();
}

/// <summary>Where to begin reading. The default is the log's beginning.</summary>
public readonly struct LogPosition
{
    /// <summary>The first event with this sequence number or a greater one.</summary>
    public static LogPosition FromSequence(long sequence) => new() { Sequence = sequence };

    /// <summary>The first event at this time or later (in log order).</summary>
    public static LogPosition FromTime(DateTimeOffset time) => new() { Time = time };

    internal long Sequence { get; init; }

    internal DateTimeOffset? Time { get; init; }
}

/// <summary>What a record that a reader returns stands for.</summary>
public enum LogRecordKind
{
    /// <summary>An event.</summary>
    Event,

    /// <summary>Events that are missing: removed by retention, or lost to damage.</summary>
    Gap,

    /// <summary>Provisional events returned before that turned out not to be in the log (rule 12).</summary>
    Retraction,
}

/// <summary>One record of a log as a reader returns it.</summary>
public sealed record LogRecord
{
    /// <summary>What it stands for.</summary>
    public required LogRecordKind Kind { get; init; }

    /// <summary>The event's sequence number; of a gap or retraction, the first one.</summary>
    public required long Sequence { get; init; }

    /// <summary>The last sequence number of a gap or retraction; else the same as <see cref="Sequence"/>.</summary>
    public required long LastSequence { get; init; }

    /// <summary>The event's line: one JSON object in CLEF, UTF-8, without the line break. Empty for a gap or retraction.</summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>When the event happened (<c>@t</c>).</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>The file name of its segment.</summary>
    public string Segment { get; init; } = "";

    /// <summary>Beyond what is known durable: it may yet be retracted after a crash (rule 12).</summary>
    public bool IsProvisional { get; init; }
}
