namespace DurableSink.PowerCut.Shipping;

/// <summary>The damages of the self-test to a log that was shipped, and to its target.</summary>
internal static class ShippedTrials
{
    public static IReadOnlyList<Trial> All { get; } =
    [
        new("as the shipping writer left it", "passed", _ => { }),
        new("an object that was on its way and did not arrive, its segment is there", "passed", c => { NotShipped(c); LogCopy.Remove(PathOf(c, Newest(c))); }),
        new("an object that arrived after the cut, its segment is there", "passed", NotShipped),
        new("a segment marked as shipped before its object stood", "is marked as shipped", c => Forget(c, Newest(c), ObjectNotes.Standing)),
        new("a segment was removed before its object stood, which it does by now", "was removed before its object stood", c => Forget(c, Removed(c), ObjectNotes.Standing)),
        new("a segment was removed, and its object never arrived", "was removed before its object stood", c => { Forget(c, Removed(c), ObjectNotes.Standing); LogCopy.Remove(PathOf(c, Removed(c))); }),
        new("a segment was removed that was never put", "comes next", c => { Forget(c, Removed(c), ""); LogCopy.Remove(PathOf(c, c.Objects[1])); }),
        new("an object is gone", "stood in the target, and is gone", c => LogCopy.Remove(PathOf(c, Removed(c)))),
        new("a bit flipped in an object", "wrong @hash", c => LogCopy.FlipBit(PathOf(c, Removed(c)), 3)),
        new("an object cut short", "without a seal", c => LogCopy.EditLines(PathOf(c, Removed(c)), lines => lines.RemoveAt(lines.Count - 1))),
        new("an object that is not what is on the drive", "differs from its object", c => LogCopy.FlipBit(PathOf(c, Newest(c)), 3)),
        new("a segment in the target twice", "in the target twice", Double),
        new("a segment back on the drive, as a removal that was lost leaves it", "passed", c => File.Copy(PathOf(c, Removed(c)), Path.Combine(c.Folder, Target.SegmentOf(Removed(c))))),
    ];

    private static string Newest(LogCopy copy) => copy.Objects[^1];

    private static string Removed(LogCopy copy) => copy.Objects[1];

    private static string PathOf(LogCopy copy, string key) => Path.Combine(copy.Away, key);

    /// <summary>Takes what was noted of an object off the list: all of it, or what one word says.</summary>
    private static void Forget(LogCopy copy, string key, string word) =>
        LogCopy.EditLines(copy.Acknowledgements, lines => lines.RemoveAll(line => line.StartsWith(word, StringComparison.Ordinal) && line.EndsWith(" " + key, StringComparison.Ordinal)));

    private static void NotShipped(LogCopy copy)
    {
        Forget(copy, Newest(copy), ObjectNotes.Standing);
        LogCopy.Remove(Path.Combine(copy.Folder, Target.SegmentOf(Newest(copy)) + ".shipped"));
    }

    private static void Double(LogCopy copy)
    {
        var (key, day) = (Removed(copy), "dt=2000-01-01/hour=00/" + Path.GetFileName(Removed(copy)));
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(copy, day))!);
        File.Copy(PathOf(copy, key), PathOf(copy, day));
        using var notes = new AcknowledgementFile(copy.Acknowledgements);
        foreach (var word in (string[])[ObjectNotes.Begun, ObjectNotes.Standing]) notes.Add(word, day);
    }
}
