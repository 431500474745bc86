namespace DurableSink.PowerCut;

/// <summary>All segments of a log in log order, read with nothing of DurableSink.</summary>
internal sealed class RawLog
{
    private RawLog(string directory)
    {
        var log = ReadIdentity(directory);
        RawSegment? previous = null;
        foreach (var path in Files(directory).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (!name.Contains(".clef", StringComparison.Ordinal) || name.EndsWith(".damaged", StringComparison.Ordinal))
            {
                if (name is not ("LOG" or "LOCK") && Path.GetExtension(name) is not (".spare" or ".damaged" or ".keys"))
                    throw new VerificationException($"{name}: a file that no log has");
                continue;
            }
            var segment = RawSegment.Read(path);
            if (segment.LogId == null || !log.Contains(segment.LogId, StringComparison.Ordinal))
                throw new VerificationException($"{segment.Name}: log id {segment.LogId} is not in LOG");
            CheckLink(previous, segment);
            Segments.Add(segment);
            previous = segment;
        }
    }

    public List<RawSegment> Segments { get; } = [];

    /// <summary>How many seals carry the hash of the file before them, each found right.</summary>
    public int Links { get; private set; }

    /// <summary>What the writer logged.</summary>
    public IEnumerable<RawEvent> Events => Segments.SelectMany(s => s.Events).Where(e => e.Id != RawEvent.OfTheLog);

    public long LastSequence => Segments.Count == 0 ? 0 : Segments[^1].LastSequence;

    public static RawLog Read(string directory) => new(directory);

    /// <summary>The sealed segments' paths.</summary>
    public static IEnumerable<string> SealedFiles(string directory) =>
        Files(directory).Where(path => path.EndsWith(".clef", StringComparison.Ordinal));

    private static string[] Files(string directory) => Directory.Exists(directory) ? Directory.GetFiles(directory) : [];

    private static string ReadIdentity(string directory)
    {
        var path = Path.Combine(directory, "LOG");
        return File.Exists(path) ? File.ReadAllText(path) : throw new VerificationException("no LOG in the directory");
    }

    private void CheckLink(RawSegment? previous, RawSegment segment)
    {
        var expected = (previous?.LastSequence ?? 0) + 1;
        if (segment.FirstSequence != expected)
            throw new VerificationException($"{segment.Name}: begins with event {segment.FirstSequence}, but {expected} comes next");
        if (previous is { IsSealed: false }) throw new VerificationException($"{previous.Name}: not sealed, but a segment follows it");
        // What was salvaged stands in a segment of another id than the one that its successor followed.
        if (segment.PreviousSegmentId != previous?.Id && segment.PreviousSegmentId != previous?.OriginSegmentId)
            throw new VerificationException($"{segment.Name}: names {segment.PreviousSegmentId} as the segment before it, which is {previous?.Id}");
        if (segment.PreviousSha256 == null) return;
        if (segment.PreviousSha256 != previous?.Sha256) throw new VerificationException($"{segment.Name}: wrong SHA-256 of the file before it");
        Links++;
    }
}
