using DurableSink;
using DurableSink.Segments;

namespace SegmentShipper.Local;

/// <summary>Events that will not come into the store as things stand, and why. Not thread-safe.</summary>
internal sealed class Losses
{
    private const int Most = 1000; // D9: the newest

    private readonly Queue<(SequenceRange Range, string Why)> _all = new();

    /// <param name="name">The segment.</param>
    /// <param name="last">Its last number; its first one where that is not known.</param>
    /// <param name="why">For whoever waits for one of them.</param>
    public void Add(SegmentName name, long? last, string why)
    {
        _all.Enqueue((new(name.FirstSequence, last ?? name.FirstSequence), why));
        if (_all.Count > Most) _all.Dequeue();
    }

    /// <summary>What a shipper before this one set aside.</summary>
    public void AddEarlier(IEnumerable<SegmentName> aside, ShippedDirectory directory)
    {
        foreach (var name in aside)
        {
            var file = ShippedDirectory.NameAside(name);
            Add(name, directory.SealOf(file)?.LastSequence, $"the segment was set aside as '{file}'");
        }
    }

    public IReadOnlyList<(SequenceRange Range, string Why)> ToArray() => [.. _all];
}
