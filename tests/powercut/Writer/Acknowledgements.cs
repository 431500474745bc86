using System.Globalization;
using System.Text;
using DurableSink.PowerCut.Shipping;

namespace DurableSink.PowerCut;

/// <summary>One event that its producer was told is durable.</summary>
internal readonly record struct Acknowledgement(long Sequence, ulong Id);

/// <summary>
/// The list of what was acknowledged, a line <c>sequence id</c> each. It lies outside the drive that loses power, and each line is
/// written by one call that nothing buffers: the list never runs ahead of what producers were told, nor behind by more than a call.
/// </summary>
internal sealed class AcknowledgementFile(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    private readonly Lock _lock = new();

    public void Add(long sequence, ulong id) => Add(string.Create(CultureInfo.InvariantCulture, $"{sequence}"), Payload.Text(id));

    /// <summary>A line of two words.</summary>
    public void Add(string first, string second)
    {
        var line = Encoding.ASCII.GetBytes($"{first} {second}\n");
        lock (_lock) _file.Write(line);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Reads a list's lines; a last one without its end was cut off while being written, and counts for nothing.</summary>
    public static string[] ReadLines(string path)
    {
        var text = File.ReadAllText(path);
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Reads the events of a list.</summary>
    public static List<Acknowledgement> Read(string path)
    {
        var list = new List<Acknowledgement>();
        foreach (var line in ReadLines(path).Where(line => !ObjectNotes.IsNote(line)))
        {
            var parts = line.Split(' ');
            if (parts.Length != 2 || !Payload.TryParseId(parts[1], out var id) ||
                !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
                throw new InvalidDataException($"not an acknowledgement: '{line}'");
            list.Add(new(sequence, id));
        }
        return list;
    }
}
