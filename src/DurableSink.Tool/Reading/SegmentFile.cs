using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Tooling.Reading;

/// <summary>One segment's file wherever it lies: sealed, active, set aside, or a copy of one under another name.</summary>
internal static class SegmentFile
{
    /// <summary>Its whole lines in order; numbers that are missing between them are a gap.</summary>
    public static IEnumerable<LogRecord> Read(string path, EventRange range, Surroundings world)
    {
        using var directory = OpenDirectory(path, world);
        var file = directory.Open(Path.GetFileName(path), Access.Segment, write: false);
        SegmentHeader? header;
        try
        {
            header = SealReader.ReadHeader(file);
            if (header == null && !IsNamedAsSegment(path))
                throw new ToolException($"'{path}' is no segment of a log: its first line is no header. Name a log's directory, or a file *.clef of one.");
        }
        catch
        {
            file.Dispose();
            throw;
        }

        // Anything but an active file holds all that it ever will.
        using var place = new ReadingPlace(header?.Name ?? NameOf(path), file, isSealed: !path.EndsWith(SegmentName.ActiveSuffix, StringComparison.Ordinal));
        if (range.First > place.Name.FirstSequence) place.SkipTo(range.First);
        var next = Math.Max(place.Name.FirstSequence, range.First);
        for (var lines = place.Lines(); lines.Count > 0; lines = place.Lines())
        {
            foreach (var line in lines)
            {
                if (line.Sequence < next) continue; // before the range, or a line that stands out of order
                var end = line.IsSeal ? line.Sequence + 1 : line.Sequence;
                if (end > next) yield return Gap(next, Math.Min(end - 1, range.Last));
                if (end > range.Last) yield break;
                next = line.Sequence + 1;
                if (!line.IsSeal) yield return Event(line, path);
            }
        }
    }

    /// <summary>The directory of a file, to be read.</summary>
    public static ILogDirectory OpenDirectory(string path, Surroundings world) =>
        world.Storage.OpenDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!, DirectorySettings.ForReading, create: false);

    /// <summary>The segment that a file is by its name, whatever its state.</summary>
    public static bool TryParseName(string path, out SegmentName name)
    {
        var file = Path.GetFileName(path);
        return SegmentName.TryParseSealed(file, out name) || SegmentName.TryParseActive(file, out name) || SegmentName.TryParseDamaged(file, out name);
    }

    private static bool IsNamedAsSegment(string path) => TryParseName(path, out _);

    private static SegmentName NameOf(string path) => TryParseName(path, out var name) ? name : throw new InvalidOperationException(path);

    private static LogRecord Event(ReadLine line, string path) => new()
    {
        Kind = LogRecordKind.Event,
        Sequence = line.Sequence,
        LastSequence = line.Sequence,
        Json = line.Bytes,
        Timestamp = Timestamps.TicksOfLine(line.Bytes.Span) is >= 0 and var ticks ? Timestamps.FromTicks(ticks) : default,
        Segment = Path.GetFileName(path),
    };

    private static LogRecord Gap(long first, long last) => new() { Kind = LogRecordKind.Gap, Sequence = first, LastSequence = last };
}
