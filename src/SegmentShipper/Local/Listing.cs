using DurableSink.Segments;

namespace SegmentShipper.Local;

/// <summary>The files of a log's directory, as one listing showed them. A file that is renamed meanwhile may be missing in it.</summary>
internal sealed class Listing
{
    public const string MarkSuffix = ".shipped";
    public const string AsideSuffix = ".unshipped" + SegmentName.DamagedSuffix;

    public Listing(SegmentList segments, IReadOnlyList<string> files)
    {
        (Sealed, Active) = (segments.Sealed, segments.Active);
        foreach (var file in files)
        {
            if (file.EndsWith(MarkSuffix, StringComparison.Ordinal) && SegmentName.TryParseSealed(file[..^MarkSuffix.Length], out var name)) Marked.Add(name);
            else if (file.EndsWith(AsideSuffix, StringComparison.Ordinal) && SegmentName.TryParseDamaged(file, out name)) Aside.Add(name);
            else if (file.EndsWith(GzipSpool.Suffix, StringComparison.Ordinal)) Spools.Add(file);
        }
    }

    /// <summary>In log order.</summary>
    public IReadOnlyList<SegmentName> Sealed { get; }

    /// <summary>In log order.</summary>
    public IReadOnlyList<SegmentName> Active { get; }

    /// <summary>Known to be in the store, by the marker beside them, which may stand there without them.</summary>
    public HashSet<SegmentName> Marked { get; } = [];

    /// <summary>Set aside by a shipper.</summary>
    public List<SegmentName> Aside { get; } = [];

    public List<string> Spools { get; } = [];
}
