namespace DurableSink.Segments;

/// <summary>Sealed and active segments in log order, to be found by number.</summary>
internal sealed class SegmentOrder
{
    private readonly List<SegmentName> _all;
    private readonly HashSet<SegmentName> _sealed;

    public SegmentOrder(SegmentList list) : this(list.Sealed, list.Active) { }

    private SegmentOrder(IReadOnlyList<SegmentName> sealedOnes, IReadOnlyList<SegmentName> active)
    {
        Sealed = sealedOnes;
        _sealed = [.. sealedOnes];
        _all = [.. sealedOnes.Concat(active).OrderBy(n => n.FirstSequence)];
    }

    public static SegmentOrder Empty { get; } = new([], []);

    public IReadOnlyList<SegmentName> Sealed { get; }

    public bool IsEmpty => _all.Count == 0;

    public SegmentName? First => IsEmpty ? null : _all[0];

    public bool IsSealed(SegmentName name) => _sealed.Contains(name);

    /// <summary>The last one that begins at or below this number.</summary>
    public SegmentName? Latest(long number) => IndexAfter(number) is > 0 and var index ? _all[index - 1] : null;

    /// <summary>The first one that begins above this number.</summary>
    public SegmentName? After(long number) => IndexAfter(number) is var index && index < _all.Count ? _all[index] : null;

    public List<SegmentName> BeginningWith(long number)
    {
        var from = IndexAfter(number - 1);
        return _all.GetRange(from, IndexAfter(number) - from);
    }

    public SegmentOrder Without(HashSet<SegmentName> names) => names.Count == 0 ? this : new(
        [.. Sealed.Where(n => !names.Contains(n))], [.. _all.Where(n => !names.Contains(n) && !_sealed.Contains(n))]);

    private int IndexAfter(long number)
    {
        var (low, high) = (0, _all.Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (_all[middle].FirstSequence <= number) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
