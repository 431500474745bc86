using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Tooling.Reading;

/// <summary>What each segment's file says of itself: sealed ones by their seal alone, active ones are scanned.</summary>
internal static class SegmentListing
{
    private const string ShippedSuffix = ".shipped";
    private const int NotThere = 2;

    public static List<ListedSegment> Of(LogFolder log)
    {
        var names = log.Files.List().ToHashSet();
        var segments = log.List.Sealed.Concat(log.List.Active).Distinct()
            .OrderBy(n => n.FirstSequence).ThenBy(n => n.Id, StringComparer.Ordinal)
            .Select(name => Look(log.Files, name, names)).OfType<ListedSegment>().ToList();
        segments.AddRange(names.Where(f => SegmentName.TryParseDamaged(f, out _)).Order(StringComparer.Ordinal)
            .Select(file => SetAside(log.Files, file)).OfType<ListedSegment>());
        return segments;
    }

    /// <summary>Null where it was removed meanwhile. One that is sealed meanwhile is found under its new name.</summary>
    private static ListedSegment? Look(ILogDirectory files, SegmentName name, HashSet<string> names)
    {
        if (Open(files, name.Sealed) is { } sealedFile)
        {
            using (sealedFile) return Sealed(sealedFile, name, names.Contains(name.Sealed + ShippedSuffix));
        }

        if (Open(files, name.Active) is not { } active) return Open(files, name.Sealed) is { } late ? Sealed(late, name, false) : null;
        using (active)
        {
            using var scan = SegmentScanner.Scan(active, inParallel: SegmentPass.IsWorthThreads(active));
            return new(name.Active, ListedSegment.Active, name.FirstSequence, scan.Count == 0 ? null : scan.LastSequence, scan.Count,
                Time(scan.MinTicks, scan.MaxTicks), Time(scan.MaxTicks, scan.MaxTicks), active.Length, false)
            {
                HasBrokenEnd = scan.Hole != null,
            };
        }
    }

    private static ListedSegment Sealed(ILogFile file, SegmentName name, bool isShipped) => SealReader.Read(file) is { } seal
        ? new(name.Sealed, ListedSegment.Sealed, seal.FirstSequence, seal.LastSequence, seal.Count, seal.MinTime, seal.MaxTime, file.Length, isShipped)
        : new(name.Sealed, ListedSegment.Unsealed, name.FirstSequence, null, null, null, null, file.Length, isShipped);

    private static ListedSegment? SetAside(ILogDirectory files, string file)
    {
        if (!SegmentName.TryParseDamaged(file, out var name) || Open(files, file) is not { } opened) return null;
        using (opened) return new(file, ListedSegment.Damaged, name.FirstSequence, null, null, null, null, opened.Length, false);
    }

    private static ILogFile? Open(ILogDirectory files, string name)
    {
        try
        {
            return files.Open(name, Access.Segment, write: false);
        }
        catch (DurableIOException e) when (e.Errno == NotThere)
        {
            return null;
        }
    }

    private static DateTimeOffset? Time(long ticks, long greatest) => greatest < 0 ? null : Timestamps.FromTicks(ticks);
}
