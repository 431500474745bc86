namespace DurableSink;

/// <summary>Where to begin reading. The default is the log's beginning.</summary>
public readonly struct LogPosition
{
    /// <summary>The first event with this sequence number or a greater one.</summary>
    public static LogPosition FromSequence(long sequence) => new() { Sequence = sequence };

    /// <summary>The first event, in log order, that happened at this time or later; all that follow it are read too, whatever their
    /// time.</summary>
    public static LogPosition FromTime(DateTimeOffset time) => new() { Time = time };

    internal long Sequence { get; init; }

    internal DateTimeOffset? Time { get; init; }
}

/// <summary>What a record that a reader returns stands for.</summary>
public enum LogRecordKind
{
    /// <summary>An event.</summary>
    Event,

    /// <summary>Events that are not there: removed, or lost to damage.</summary>
    Gap,

    /// <summary>Provisional events that were returned before and turned out not to be in the log, after a crash of its writer.</summary>
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

    /// <summary>The event's line: one JSON object in CLEF, UTF-8, without the line break. Empty for a gap or retraction.
    /// It shares an array of at most 16 KiB with the lines around it (a longer line has one of its own): copy it where a few of many are to be kept for long.</summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>When the event happened (<c>@t</c>).</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>The file name of its segment, as it was when it was read.</summary>
    public string Segment { get; init; } = "";

    /// <summary>Beyond what is known to be durable: a crash may yet take it back (<see cref="LogRecordKind.Retraction"/>).</summary>
    public bool IsProvisional { get; init; }
}
