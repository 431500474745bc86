using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>The files of a log's directory, told apart by their names.</summary>
internal sealed class SegmentList
{
    public SegmentList(ILogDirectory directory)
    {
        foreach (var file in directory.List())
        {
            if (SegmentName.TryParseSealed(file, out var name)) Sealed.Add(name);
            else if (SegmentName.TryParseActive(file, out name)) Active.Add(name);
            else if (SegmentName.TryParseDamaged(file, out name)) Damaged.Add(name);
            else if (file.EndsWith(SegmentName.SpareSuffix, StringComparison.Ordinal)) Spares.Add(file);
            else if (SegmentName.TryParseKeys(file, out name)) KeyFiles.Add(name);
            HasShipMarker |= file == SegmentRetention.ShipMarker;
        }

        Sealed.Sort(ByLogOrder);
        Active.Sort(ByLogOrder);
        KeyFiles.Sort(ByLogOrder);
    }

    public List<SegmentName> Sealed { get; } = [];

    public List<SegmentName> Active { get; } = [];

    public List<SegmentName> Damaged { get; } = [];

    /// <summary>Segments, removed ones among them, whose key file stands here.</summary>
    public List<SegmentName> KeyFiles { get; } = [];

    public List<string> Spares { get; } = [];

    /// <summary>The shipper alone removes segments here.</summary>
    public bool HasShipMarker { get; }

    public static int ByLogOrder(SegmentName a, SegmentName b)
    {
        var order = a.FirstSequence.CompareTo(b.FirstSequence);
        return order != 0 ? order : string.CompareOrdinal(a.Id, b.Id);
    }
}
