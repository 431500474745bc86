namespace DurableSink.Tooling.Reading;

/// <summary>The records of a log or of single files, in log order, within a range. Gaps are records too.</summary>
internal static class EventSource
{
    /// <exception cref="ToolException">There is no log, and no segment, at one of the places.</exception>
    public static IEnumerable<LogRecord> Read(IReadOnlyList<string> places, EventRange range, Surroundings world)
    {
        foreach (var place in places)
        {
            var records = File.Exists(place) ? SegmentFile.Read(place, range, world) : ReadLog(place, range, world);
            foreach (var record in records)
            {
                if (record.Kind != LogRecordKind.Event || range.Contains(record.Sequence, record.Timestamp)) yield return record;
            }
        }
    }

    private static IEnumerable<LogRecord> ReadLog(string path, EventRange range, Surroundings world)
    {
        List<SequenceRange> plan;
        using (var log = LogFolder.Open(path, world)) plan = ReadingPlan.Of(log, range);
        var reader = new DurableLogReader(path, world.Storage);
        foreach (var part in plan)
        {
            foreach (var record in reader.Read(LogPosition.FromSequence(part.First)))
            {
                if (record.Sequence > part.Last) break;
                yield return record.LastSequence <= part.Last ? record : record with { LastSequence = part.Last };
            }
        }
    }
}
