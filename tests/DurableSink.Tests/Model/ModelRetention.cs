using System.Collections.Concurrent;
using DurableSink.Segments;
using DurableSink.Tests.Storage;

namespace DurableSink.Tests.Model;

/// <summary>What may be removed (rule 11): the oldest sealed segments, as many as are too much, and nothing else.</summary>
internal sealed class ModelRetention(DurableLogOptions options)
{
    private readonly ConcurrentDictionary<string, long> _deleted = new(StringComparer.Ordinal); // asked for, not always done

    /// <summary>Sealed segments that are gone, as far as the checks saw.</summary>
    public int Removed { get; private set; }

    public void Watch(SimulatedDrive drive) => drive.Called += (call, name, _, _) =>
    {
        if (call == DriveCall.Delete && name.EndsWith(SegmentName.SealedSuffix, StringComparison.Ordinal))
            _deleted.TryAdd(name, drive.Snapshot($"{ModelDrives.Root}/{name}")!.Length);
    };

    /// <summary>The sealed files that were known to be there and are not, and those that are.</summary>
    public void Check(IReadOnlyCollection<string> known, IReadOnlyCollection<string> now, SimulatedDrive drive)
    {
        // A life goes on while the image of its end is made: what was sealed and removed only after it is not gone from it.
        var segments = ModelDrives.Files(drive).Where(name => name.Contains(SegmentName.SealedSuffix, StringComparison.Ordinal)).ToList();
        var deleted = _deleted.Keys.Where(name =>
            segments.Count > 0 && string.CompareOrdinal(name, segments[^1]) < 0 && !segments.Contains(name + ".active"));
        var gone = known.Union(deleted).Except(now).Order(StringComparer.Ordinal).ToList();
        if (gone.Count == 0) return;
        if (options.RetainBytes == null && options.RetainAge == null) throw new ModelException($"'{gone[0]}' was sealed and is gone (D4).");
        if (now.Count == 0) throw new ModelException($"'{gone[^1]}' was the newest sealed segment and is gone (rule 11).");
        var oldest = now.Min(StringComparer.Ordinal)!;
        if (string.CompareOrdinal(gone[^1], oldest) > 0) throw new ModelException($"'{gone[^1]}' is gone, the older '{oldest}' is not (rule 11).");
        if (!_deleted.TryGetValue(gone[^1], out var last)) throw new ModelException($"'{gone[^1]}' is gone, and nobody removed it (D4).");
        if (options.RetainBytes is not { } most) return; // all but the newest may be old by now
        var left = now.Sum(name => drive.Snapshot($"{ModelDrives.Root}/{name}")!.Length);
        if (left + last <= most - options.SegmentBytes) throw new ModelException($"'{gone[^1]}' was removed though all would have taken {left + last} bytes.");
        Removed = Math.Max(Removed, gone.Count);
    }
}
