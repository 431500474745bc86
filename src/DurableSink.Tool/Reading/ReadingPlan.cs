using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Tooling.Reading;

/// <summary>
/// Which numbers must be read for a range: whole segments are left out by their names (numbers) and their seals (times). Times are never
/// searched by bisection: clocks step.
/// </summary>
internal static class ReadingPlan
{
    private const int NotThere = 2;

    /// <summary>Numbers to read, in order, as few ranges as possible.</summary>
    public static List<SequenceRange> Of(LogFolder log, EventRange range)
    {
        var names = log.List.Sealed.Concat(log.List.Active).Distinct().OrderBy(n => n.FirstSequence).ToList();
        var plan = new List<SequenceRange>();
        for (var i = 0; i < names.Count; i++)
        {
            // What is missing in front of the first segment is told with it, unless a time is asked for.
            var first = i == 0 && !range.HasTime ? 1 : names[i].FirstSequence;
            var last = i + 1 < names.Count ? names[i + 1].FirstSequence - 1 : long.MaxValue;
            if (last < range.First || first > range.Last || (range.HasTime && IsOutside(log.Files, names[i], range))) continue;
            Add(plan, new(Math.Max(first, range.First), Math.Min(last, range.Last)));
        }

        return plan;
    }

    private static void Add(List<SequenceRange> plan, SequenceRange next)
    {
        if (next.First > next.Last) return; // of two segments with the same first number, one counts
        if (plan is [.., var before] && before.Last + 1 == next.First) plan[^1] = before with { Last = next.Last };
        else plan.Add(next);
    }

    private static bool IsOutside(ILogDirectory files, SegmentName name, EventRange range)
    {
        try
        {
            using var file = files.Open(name.Sealed, Access.Segment, write: false);
            return SealReader.Read(file) is { } seal && (seal.MaxTime < range.Since || seal.MinTime > range.Until);
        }
        catch (DurableIOException e) when (e.Errno == NotThere)
        {
            return false; // active: who knows; or removed: the reader will tell
        }
    }
}
