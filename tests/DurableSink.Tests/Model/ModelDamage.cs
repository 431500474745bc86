using DurableSink.Segments;
using DurableSink.Tests.Storage;

namespace DurableSink.Tests.Model;

/// <summary>
/// The end of some programs: a bit flips in an event of a segment that was not sealed. That event is missing, and declared so; every other
/// is there, however often recovery is cut short, and no number of the log is given out again.
/// </summary>
internal sealed class ModelDamage(SimulatedDrive drive, ModelWorld world, ModelTexts texts, DurableLogOptions options, Random random)
{
    private const int Tries = 12;

    /// <summary>Crash points that were checked.</summary>
    public long Points { get; private set; }

    public void Run()
    {
        var active = ModelDrives.Files(drive).Where(name => name.EndsWith(SegmentName.ActiveSuffix, StringComparison.Ordinal)).ToList();
        // With several segments of the same events it is recovery that says which of them count.
        if (active.Count != 1 || ModelDrives.SealedNames(drive).Any(name => string.CompareOrdinal(name[..26], active[0][..26]) >= 0)) return;
        var bytes = drive.Bytes($"{ModelDrives.Root}/{active[0]}")!;
        if (Flip(bytes) is not { } lost) return;
        var whole = drive.PowerCut(CutMode.All, 0);
        ModelPoints.Recover(whole, options);
        var before = texts.Read(whole);
        if (before is not [.., var end] || before.All(e => e.Sequence != lost)) return;

        var damaged = drive.PowerCut(CutMode.All, 0);
        damaged.Plant($"{ModelDrives.Root}/{active[0]}", bytes);
        for (var i = 0; i < Tries; i++)
        {
            var image = damaged;
            while (random.Next(3) > 0)
            {
                if (ModelPoints.CrashIn(image, options, random) is not { } again) break;
                Points++;
                image = again;
            }

            Points++;
            Check(image.ProcessCrash(), lost, before, end.Sequence, isLast: i == Tries - 1);
        }
    }

    /// <summary>Flips a bit of an event's line, so that it is still a line; returns the event's number. Null where there is none to flip.</summary>
    private long? Flip(byte[] bytes)
    {
        var lines = new List<(int Start, int End, long Sequence)>();
        for (int start = 0, end; start < bytes.Length && (end = Array.IndexOf(bytes, LineTrailer.Newline, start)) >= 0; start = end + 1)
        {
            while (start < end && bytes[start] == 0) start++; // what a cut left of room that was never written: a whole line may follow it
            var line = bytes.AsSpan(start..end);
            if (LineTrailer.TryRead(line, out var sequence, out _) && !line.StartsWith(SegmentHeader.Mark) && !line.StartsWith(SegmentSeal.Mark)) lines.Add((start, end, sequence));
        }

        if (lines.Count == 0 || lines[^1].Sequence > world.Acknowledged) return null; // a tail that nobody was told of
        var chosen = random.Next(3) == 0 ? lines[^1] : lines[random.Next(lines.Count)];
        // A break at a sector's end, or before content that begins with a sector after filler, is read as a torn commit (docs/FORMAT.md).
        if (chosen.End % 512 == 0 || (chosen.Start % 512 < 2 && bytes[chosen.Start - 2] == LineTrailer.Newline)) return null;
        var at = random.Next(chosen.Start, chosen.End);
        var flipped = (byte)(bytes[at] ^ 1 << random.Next(8));
        if (flipped is 0 or LineTrailer.Newline) return null;
        bytes[at] = flipped;
        return chosen.Sequence;
    }

    private void Check(SimulatedDrive image, long lost, List<(long Sequence, long Content)> before, long last, bool isLast)
    {
        ModelPoints.Recover(image, options);
        image = image.PowerCut(CutMode.None, 0);
        var read = texts.Read(image);
        var expected = before.Where(e => e.Sequence != lost).ToList();
        if (!read.SequenceEqual(expected))
        {
            throw new ModelException(
                $"After damage to event {lost}: {string.Join(' ', expected.Except(read))} are missing, {string.Join(' ', read.Except(expected))} are there (D5). " +
                $"Files {string.Join(' ', ModelDrives.Files(image))}.");
        }

        if (!isLast) return;
        using var log = DurableLog.OpenOn(image, options);
        if (log.LastSequence < last) throw new ModelException($"Event {last} was there; after damage to event {lost} the log goes on after {log.LastSequence} (rule 10).");
    }
}
