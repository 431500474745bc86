using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Tooling.Reading;

/// <summary>Where the last events of a log begin.</summary>
internal static class LogTail
{
    private const int Widening = 8;

    /// <summary>The number of the first of the last <paramref name="count"/> events that match; with fewer of them, the log's first.</summary>
    public static long StartOf(LogFolder log, long count, EventFilter filter, DurableLogReader reader)
    {
        var names = log.List.Sealed.Concat(log.List.Active).OrderBy(n => n.FirstSequence).ToList();
        if (names.Count == 0) return 1;
        var (first, last) = (names[0].FirstSequence, LastOf(log.Files, names[^1]));
        if (count == 0) return last + 1;
        for (var width = count; ; width *= Widening)
        {
            var start = Math.Max(first, last - width + 1);
            if (filter.IsNone) return start;
            if (Matching(reader, start, last, count, filter) is { } found) return found;
            if (start == first) return first;
        }
    }

    /// <summary>The oldest of the last matching ones; null where there are not enough.</summary>
    private static long? Matching(DurableLogReader reader, long start, long last, long count, EventFilter filter)
    {
        var matching = new Queue<long>();
        foreach (var record in reader.Read(LogPosition.FromSequence(start)))
        {
            if (record.Sequence > last) break;
            if (record.Kind != LogRecordKind.Event || !filter.Matches(record.Json)) continue;
            matching.Enqueue(record.Sequence);
            if (matching.Count > count) matching.Dequeue();
        }

        return matching.Count == count ? matching.Peek() : null;
    }

    private static long LastOf(ILogDirectory files, SegmentName newest)
    {
        ILogFile file;
        try
        {
            file = files.Open(newest.Active, Access.Segment, write: false);
        }
        catch (DurableIOException)
        {
            file = files.Open(newest.Sealed, Access.Segment, write: false); // from the start, or meanwhile
        }

        using (file)
        {
            if (SealReader.Read(file) is { } seal) return seal.LastSequence;
            using var scan = SegmentScanner.Scan(file, inParallel: SegmentPass.IsWorthThreads(file));
            return Math.Max(scan.LastSequence, newest.FirstSequence - 1);
        }
    }
}
