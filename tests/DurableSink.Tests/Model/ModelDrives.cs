using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Storage;

namespace DurableSink.Tests.Model;

/// <summary>What the model looks at on a drive.</summary>
internal static class ModelDrives
{
    public const string Root = "/log";

    /// <summary>What was read of the file that begins with a page: most crash points of a life hold the same sealed files.</summary>
    private static readonly ConditionalWeakTable<byte[], FileText> TextOf = new();

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

    /// <summary>The events of sealed files, by their text alone: as a reader that is not ours sees them.</summary>
    public static List<(long Sequence, long Content)> ReadText(SimulatedDrive drive)
    {
        var read = new List<(long, long)>();
        foreach (var name in Files(drive).Where(name => name.EndsWith(SegmentName.SealedSuffix, StringComparison.Ordinal)))
        {
            var file = drive.Snapshot($"{Root}/{name}")!;
            var known = TextOf.GetValue(file.Pages[0], _ => new());
            lock (known)
            {
                if (!known.Is(file)) known.Set(file, ReadText(name, file.Get(0, (int)file.Length)));
                read.AddRange(known.Events);
            }
        }

        return read;
    }

    private static List<(long Sequence, long Content)> ReadText(string name, ReadOnlySpan<byte> left)
    {
        var read = new List<(long, long)>();
        for (int length; !left.IsEmpty; left = left[(length + 1)..])
        {
            length = left.IndexOf((byte)'\n');
            if (length < 0) throw new ModelException($"'{name}' does not end with a line's end (D7).");
            var line = left[..length];
            if (line.IsEmpty || line.StartsWith("{\"@header\":"u8) || line.StartsWith("{\"@seal\":"u8)) continue;
            read.Add((Number(line, line.LastIndexOf("\"@seq\":"u8) + 7), Number(line, line.IndexOf(",\"N\":"u8) + 5)));
        }

        return read;
    }

    public static List<string> Files(SimulatedDrive drive)
    {
        using var directory = drive.OpenDirectory(Root, DirectorySettings.ForReading, create: true);
        return [.. directory.List().Order(StringComparer.Ordinal)];
    }

    /// <summary>Each sealed file with the hash of its bytes.</summary>
    public static Dictionary<string, string> Sealed(SimulatedDrive drive) => Files(drive)
        .Where(name => name.EndsWith(SegmentName.SealedSuffix, StringComparison.Ordinal))
        .ToDictionary(name => name, name => Convert.ToHexString(SHA256.HashData(drive.Bytes($"{Root}/{name}")!)));

    /// <summary>The last event of the newest sealed segment; 0 where there is none.</summary>
    public static long SealedTo(SimulatedDrive drive)
    {
        if (Sealed(drive).Keys.Max(StringComparer.Ordinal) is not { } newest) return 0;
        using var directory = drive.OpenDirectory(Root, DirectorySettings.ForReading, create: false);
        using var file = directory.Open(newest, Access.Segment, write: false);
        return SealReader.Read(file)?.LastSequence ?? throw new ModelException($"'{newest}' has no seal (D4).");
    }

    /// <summary>D4: none of the files that were sealed before has changed, and none has gone that was not to be removed.</summary>
    public static void CheckSealed(Dictionary<string, string> before, SimulatedDrive drive, ModelRetention retention)
    {
        var now = Sealed(drive);
        retention.Check([.. before.Keys.Except(now.Keys)], now.Keys, drive);
        foreach (var (name, hash) in before)
        {
            if (!now.TryGetValue(name, out var changed)) continue;
            if (changed != hash) throw new ModelException($"'{name}' was sealed and has changed (D4).");
        }
    }

    /// <summary>D7: every line of a sealed file is a JSON object or empty, and the last one is ended.</summary>
    public static void CheckText(SimulatedDrive drive)
    {
        foreach (var name in Sealed(drive).Keys)
        {
            var bytes = drive.Bytes($"{Root}/{name}")!;
            if (bytes is not [.., (byte)'\n']) throw new ModelException($"'{name}' does not end with a line's end (D7).");
            for (var at = 0; at < bytes.Length;)
            {
                var length = bytes.AsSpan(at).IndexOf((byte)'\n');
                if (length > 0) CheckLine(name, at, bytes.AsMemory(at, length));
                at += length + 1;
            }
        }
    }

    private static long Number(ReadOnlySpan<byte> line, int at) =>
        at >= 7 && Utf8Parser.TryParse(line[at..], out long number, out _) ? number : throw new ModelException("A line of a sealed segment is no event (D7).");

    private static void CheckLine(string name, int offset, ReadOnlyMemory<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw new ModelException($"'{name}' has no object at {offset} (D7).");
        }
        catch (JsonException e)
        {
            throw new ModelException($"'{name}' has no JSON at {offset} (D7): {e.Message}");
        }
    }

    private sealed class FileText
    {
        private byte[][] _pages = [];
        private long _length = -1;

        public List<(long Sequence, long Content)> Events { get; private set; } = [];

        /// <summary>Pages are never written to again, so the same ones hold the same bytes.</summary>
        public bool Is(Content file) => file.Length == _length && file.Pages.SequenceEqual(_pages);

        public void Set(Content file, List<(long Sequence, long Content)> events) => (_pages, _length, Events) = (file.Pages.ToArray(), file.Length, events);
    }
}
