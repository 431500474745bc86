using DurableSink.Storage;
using Microsoft.Extensions.Logging;

namespace DurableSink.Segments;

/// <summary>
/// The key files of a log: read when keys are to be remembered, and removed when none of their keys is any more, whatever became of their
/// segments. Without <see cref="Load"/> nothing is removed. May be used from any thread.
/// </summary>
internal sealed class KeyFiles(ILogDirectory directory, string logId, DriveGate gate, TimeProvider time, Action<DurableNotice> notify)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<SegmentName, (DateTimeOffset Time, int Count)?> _known = []; // null for one that is damaged: for people to look at
    private (int Most, TimeSpan Age)? _limits;

    /// <summary>
    /// The keys of the last <paramref name="most"/> keyed events in sealed segments, those that were written less than
    /// <paramref name="age"/> ago, in log order, each with the time from which its age counts.
    /// </summary>
    public IReadOnlyList<(KeyedLine Line, DateTimeOffset Since)> Load(int most, TimeSpan age)
    {
        lock (_gate)
        {
            _limits = (most, age);
            var newestFirst = new List<(KeyedLine, DateTimeOffset)>();
            foreach (var name in Names())
            {
                if (newestFirst.Count >= most) break;
                if (Known(name) is not { } file || file.Time + age <= time.GetUtcNow()) continue;
                newestFirst.AddRange(file.Keys.Reverse().Take(most - newestFirst.Count).Select(line => (line, file.Time)));
            }

            RemoveForgotten();
            newestFirst.Reverse();
            return newestFirst;
        }
    }

    /// <summary>For the keeper: there may be one more.</summary>
    public void AfterSeal()
    {
        lock (_gate) RemoveForgotten();
    }

    /// <summary>Newest first.</summary>
    private List<SegmentName> Names()
    {
        var names = new SegmentList(directory).KeyFiles;
        names.Reverse();
        return names;
    }

    private KeyFile? Known(SegmentName name)
    {
        var file = KeyFile.Read(directory, name, logId) ?? Restore(name);
        _known[name] = file == null ? null : (file.Time, file.Keys.Count);
        return file;
    }

    /// <summary>One that is damaged is written anew from its segment.</summary>
    private KeyFile? Restore(SegmentName name)
    {
        var path = Path.Combine(directory.Path, name.Keys);
        if (new SegmentList(directory).Sealed.Contains(name))
        {
            using var segment = directory.Open(name.Sealed, Access.Segment, write: false);
            using var scan = SegmentScanner.Scan(segment);
            KeyFile.Write(directory, gate, time, name, logId, segment, scan.Keyed);
            notify(new(LogLevel.Warning, "KeysRestored", $"'{path}' was not whole, or another log's; it was written anew from its segment."));
            return scan.Keyed.Count == 0 ? null : KeyFile.Read(directory, name, logId);
        }

        notify(new(LogLevel.Error, "KeysDamaged",
            $"'{path}' is not whole, or another log's, and its segment is gone: its idempotency keys are forgotten. A write that is tried again with one of " +
            "them would stand in the log a second time. Look for the file in a backup, or delete it."));
        return null;
    }

    private void RemoveForgotten()
    {
        if (_limits is not var (most, age)) return;
        try
        {
            var (newer, now, removed) = (0L, time.GetUtcNow(), false);
            foreach (var name in Names())
            {
                if (!_known.ContainsKey(name)) Known(name);
                if (_known[name] is not var (since, count)) continue;
                if (newer >= most || since + age <= now)
                {
                    directory.Delete(name.Keys);
                    _known.Remove(name);
                    removed = true;
                }

                newer += count;
            }

            if (removed) gate.Run(directory.Path, directory.Flush);
        }
        catch (DurableIOException e)
        {
            notify(new(LogLevel.Warning, "KeysNotRemoved", $"Files of forgotten idempotency keys could not be removed; it is tried again after the next seal. {e.Message}", e));
        }
    }
}
