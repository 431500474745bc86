using DurableSink.Tooling.Reading;

namespace DurableSink.Tooling.Stats;

/// <summary>What a log's events are, counted. Memory is bounded whatever they are.</summary>
internal sealed class LogStats
{
    private readonly ClefEvent _event = new();

    public long Events { get; private set; }

    public long Bytes { get; private set; }

    public int LongestLine { get; private set; }

    public long LongestSequence { get; private set; }

    public long Missing { get; private set; }

    public DateTimeOffset First { get; private set; } = DateTimeOffset.MaxValue;

    public DateTimeOffset Last { get; private set; } = DateTimeOffset.MinValue;

    public Timeline Timeline { get; } = new();

    public Tallies Levels { get; } = new("Information");

    public Tallies Categories { get; } = new("(no category)");

    public Tallies Templates { get; } = new("(no template)");

    public void Add(LogRecord record)
    {
        if (record.Kind != LogRecordKind.Event)
        {
            Missing += record.LastSequence - record.Sequence + 1;
            return;
        }

        var bytes = record.Json.Length + 1;
        Events++;
        Bytes += bytes;
        if (bytes > LongestLine) (LongestLine, LongestSequence) = (bytes, record.Sequence);
        if (record.Timestamp < First) First = record.Timestamp;
        if (record.Timestamp > Last) Last = record.Timestamp;
        Timeline.Add(record.Timestamp, bytes);
        _event.TryRead(record.Json); // what is no object counts among those without
        Levels.Add(_event, "@l"u8, bytes);
        Categories.Add(_event, "SourceContext"u8, bytes);
        Templates.Add(_event, "@mt"u8, bytes);
    }
}
