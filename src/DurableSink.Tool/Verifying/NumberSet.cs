namespace DurableSink.Tooling.Verifying;

/// <summary>Sequence numbers as ranges.</summary>
internal static class NumberSet
{
    /// <summary>What is missing between two numbers, both inclusive.</summary>
    public static List<SequenceRange> Missing(IEnumerable<SequenceRange> present, long first, long last)
    {
        var missing = new List<SequenceRange>();
        var next = first;
        foreach (var range in present.OrderBy(r => r.First))
        {
            if (range.First > next) missing.Add(new(next, Math.Min(range.First - 1, last)));
            next = Math.Max(next, range.Last + 1);
            if (next > last) return missing;
        }

        if (next <= last) missing.Add(new(next, last));
        return missing;
    }

    /// <summary>What is in the one and not in the other.</summary>
    public static List<SequenceRange> Without(IEnumerable<SequenceRange> ranges, IReadOnlyList<SequenceRange> others) =>
        [.. ranges.SelectMany(range => Missing(others, range.First, range.Last))];

    public static bool Covers(IEnumerable<SequenceRange> ranges, SequenceRange range) => Missing(ranges, range.First, range.Last).Count == 0;

    public static long Count(IEnumerable<SequenceRange> ranges) => ranges.Sum(r => r.Last - r.First + 1);
}
