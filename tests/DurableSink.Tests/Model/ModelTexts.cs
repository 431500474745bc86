using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using DurableSink.Tests.Storage;

namespace DurableSink.Tests.Model;

/// <summary>Sealed files by their text alone: as a reader that is not ours sees them. What a file held when it was last looked at is
/// remembered, because most crash points of a life hold the same sealed files. For one program, from one thread.</summary>
internal sealed class ModelTexts
{
    private const byte Newline = (byte)'\n';

    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary>The events of all sealed files.</summary>
    public List<(long Sequence, long Content)> Read(SimulatedDrive drive)
    {
        var read = new List<(long, long)>();
        foreach (var name in ModelDrives.SealedNames(drive)) read.AddRange(Look(drive, name).Events ??= WithBytes(name, EventsOf));
        return read;
    }

    /// <summary>D7: every line of a sealed file is a JSON object or empty, and the last one is ended.</summary>
    public void Check(SimulatedDrive drive)
    {
        foreach (var name in ModelDrives.SealedNames(drive))
        {
            var known = Look(drive, name);
            if (!known.IsChecked) known.IsChecked = WithBytes(name, CheckLines);
        }
    }

    /// <summary>What is known of the file as it is now.</summary>
    private Known Look(SimulatedDrive drive, string name)
    {
        var file = drive.Snapshot($"{ModelDrives.Root}/{name}")!;
        // Pages are never written to again, so the same ones hold the same bytes.
        if (!_known.TryGetValue(name, out var known) || !known.File.SharesAllWith(file)) _known[name] = known = new(file);
        return known;
    }

    private T WithBytes<T>(string name, Func<string, ReadOnlyMemory<byte>, T> work)
    {
        var file = _known[name].File;
        var bytes = ArrayPool<byte>.Shared.Rent((int)file.Length);
        try
        {
            return work(name, bytes.AsMemory(0, file.Read(0, bytes.AsSpan(0, (int)file.Length))));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static List<(long Sequence, long Content)> EventsOf(string name, ReadOnlyMemory<byte> bytes)
    {
        var read = new List<(long, long)>();
        for (var left = bytes.Span; TryTakeLine(name, ref left, out var line);)
        {
            if (line.StartsWith("{\"@header\":"u8) || line.StartsWith("{\"@seal\":"u8)) continue;
            read.Add((Number(line, line.LastIndexOf("\"@seq\":"u8) + 7), Number(line, line.IndexOf(",\"N\":"u8) + 5)));
        }

        return read;
    }

    private static bool CheckLines(string name, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Span is not [.., Newline]) throw new ModelException($"'{name}' does not end with a line's end (D7).");
        for (var left = bytes.Span; TryTakeLine(name, ref left, out var line);)
        {
            var at = bytes.Length - left.Length - line.Length - 1;
            try
            {
                var json = new Utf8JsonReader(line);
                json.Read();
                if (json.TokenType != JsonTokenType.StartObject) throw new ModelException($"'{name}' has no object at {at} (D7).");
                while (json.Read()) { } // throws where it is none, or not the line's only one
            }
            catch (JsonException e)
            {
                throw new ModelException($"'{name}' has no JSON at {at} (D7): {e.Message}");
            }
        }

        return true;
    }

    /// <summary>The next line that is not empty; false where none is left. Filler is many empty ones.</summary>
    private static bool TryTakeLine(string name, ref ReadOnlySpan<byte> left, out ReadOnlySpan<byte> line)
    {
        line = default;
        var start = left.IndexOfAnyExcept(Newline);
        if (start < 0) return false;
        var length = left[start..].IndexOf(Newline);
        if (length < 0) throw new ModelException($"'{name}' does not end with a line's end (D7).");
        line = left.Slice(start, length);
        left = left[(start + length + 1)..];
        return true;
    }

    private static long Number(ReadOnlySpan<byte> line, int at) =>
        at >= 7 && Utf8Parser.TryParse(line[at..], out long number, out _)
            ? number
            : throw new ModelException("A line of a sealed segment is no event (D7).");

    private sealed class Known(Content file)
    {
        public Content File => file;

        /// <summary>Null until they are asked for.</summary>
        public List<(long Sequence, long Content)>? Events { get; set; }

        public bool IsChecked { get; set; }
    }
}
