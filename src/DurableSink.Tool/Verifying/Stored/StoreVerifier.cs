using DurableSink.Storage;
using DurableSink.Tooling.Shipping;
using SegmentShipper;

namespace DurableSink.Tooling.Verifying.Stored;

/// <summary>Verifies what was shipped, from the store alone: segments as in a directory, and the digests over them. One verdict for each log that is there.</summary>
internal sealed class StoreVerifier(Target target, IObjectStore store, SealKeys keys, Surroundings world)
{
    /// <param name="total">Told how many bytes there are to check.</param>
    /// <param name="done">Told of the bytes of each object when it was checked.</param>
    /// <exception cref="ToolException">There is no log.</exception>
    /// <exception cref="ObjectStoreException">The store cannot be read.</exception>
    public List<Verdict> Run(Action<long> total, Action<long> done)
    {
        var logs = StoredLog.ListAsync(store, target.Prefix).GetAwaiter().GetResult();
        if (logs.Count == 0)
            throw new ToolException($"'{target.Text}' holds no log: there is no object named log=NAME/dt=…/hour=…/… in it. Name what the shipper's target and Prefix are.");
        total(logs.Sum(log => log.Segments.Sum(segment => segment.Length)));
        using var files = new StoredFiles(target, store, world);
        return [.. logs.Select(log => Verify(log, files, done))];
    }

    private Verdict Verify(StoredLog log, StoredFiles files, Action<long> done)
    {
        var started = world.Time.GetTimestamp();
        var verdict = new Verdict { Place = target.Text, LogName = log.Name, LogId = log.Id };
        var digests = new DigestCheck(log, target.Prefix, keys, verdict);
        digests.Run(files.Read);
        var verifier = new LogVerifier(verdict, world.Time, keys);
        StoredSegment? before = null;
        foreach (var segment in log.Segments)
        {
            if (before?.Name == segment.Name) verdict.Add(FindingKind.Damaged, segment.Key, $"it is the same segment as '{before.Key}': one of them was not put there by a shipper");
            else if (TryOpen(segment, files, verdict) is { } file) digests.Compare(segment, verifier.Add(file, segment.Key, segment.Name));
            done(segment.Length);
            before = segment;
        }

        verifier.Conclude();
        digests.Conclude();
        verdict.DigestsUntil = digests.Until;
        verdict.Duration = world.Time.GetElapsedTime(started);
        return verdict;
    }

    private static ILogFile? TryOpen(StoredSegment segment, StoredFiles files, Verdict verdict)
    {
        try
        {
            return files.Open(segment);
        }
        catch (InvalidDataException broken)
        {
            verdict.Add(FindingKind.Damaged, segment.Key, $"it does not unpack: {broken.Message}");
            return null;
        }
    }
}
