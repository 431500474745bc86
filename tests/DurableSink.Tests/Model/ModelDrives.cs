using System.Text.Json;
using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Storage;

namespace DurableSink.Tests.Model;

/// <summary>What the model looks at on a drive.</summary>
internal static class ModelDrives
{
    public const string Root = "/log";

    /// <summary>The events; before them there may be a gap of what was removed, and nowhere else.</summary>
    public static List<(long Sequence, long Content)> Read(SimulatedDrive drive)
    {
        var read = new List<(long, long)>();
        foreach (var record in new DurableLogReader(Root, drive).Read())
        {
            if (record is { Kind: LogRecordKind.Gap, Sequence: 1 } && read.Count == 0) continue;
            if (record.Kind != LogRecordKind.Event) throw new ModelException($"{record.Kind} {record.Sequence} to {record.LastSequence} (D2).");
            using var json = JsonDocument.Parse(record.Json);
            read.Add((record.Sequence, json.RootElement.GetProperty("N").GetInt64()));
        }

        return read;
    }

    public static List<string> Files(SimulatedDrive drive)
    {
        using var directory = drive.OpenDirectory(Root, DirectorySettings.ForReading, create: true);
        return [.. directory.List().Order(StringComparer.Ordinal)];
    }

    public static IEnumerable<string> SealedNames(SimulatedDrive drive) =>
        Files(drive).Where(name => name.EndsWith(SegmentName.SealedSuffix, StringComparison.Ordinal));

    /// <summary>Each sealed file with its bytes.</summary>
    public static Dictionary<string, Content> Sealed(SimulatedDrive drive) =>
        SealedNames(drive).ToDictionary(name => name, name => drive.Snapshot($"{Root}/{name}")!);

    /// <summary>The last event of the newest sealed segment; 0 where there is none.</summary>
    public static long SealedTo(SimulatedDrive drive)
    {
        if (SealedNames(drive).Max(StringComparer.Ordinal) is not { } newest) return 0;
        using var directory = drive.OpenDirectory(Root, DirectorySettings.ForReading, create: false);
        using var file = directory.Open(newest, Access.Segment, write: false);
        return SealReader.Read(file)?.LastSequence ?? throw new ModelException($"'{newest}' has no seal (D4).");
    }

    /// <summary>D4: none of the files that were sealed before has changed, and none has gone that was not to be removed.</summary>
    public static void CheckSealed(Dictionary<string, Content> before, SimulatedDrive drive, ModelRetention retention)
    {
        var now = Sealed(drive);
        retention.Check([.. before.Keys.Except(now.Keys)], now.Keys, drive);
        foreach (var (name, file) in before)
        {
            if (!now.TryGetValue(name, out var changed)) continue;
            if (!changed.HasSameBytesAs(file)) throw new ModelException($"'{name}' was sealed and has changed (D4).");
        }
    }
}
