using System.Text;
using DurableSink.PowerCut.Shipping;

namespace DurableSink.PowerCut;

/// <summary>A log's files and its acknowledgements in a folder, to be damaged by the self-test.</summary>
internal sealed class LogCopy(string root)
{
    public string Root { get; } = root;

    public string Drive => Path.Combine(Root, "drive");

    public string Acknowledgements => Path.Combine(Root, "acks");

    /// <summary>What was shipped to, if anything was.</summary>
    public string Away => Path.Combine(Root, "away");

    /// <summary>The objects' keys in log order.</summary>
    public string[] Objects => [.. new Target(Away).Keys.Order(StringComparer.Ordinal)];

    public string Folder => LogDirectory.In(Drive);

    /// <summary>The sealed segments' paths in log order.</summary>
    public string[] Sealed => [.. RawLog.SealedFiles(Folder).Order(StringComparer.Ordinal)];

    /// <summary>The segment being written.</summary>
    public string Active => Directory.GetFiles(Folder, "*.clef.active").Single();

    public LogCopy CopyTo(string root)
    {
        var copy = new LogCopy(root);
        Directory.CreateDirectory(copy.Folder);
        foreach (var path in Directory.GetFiles(Folder))
        {
            // LOCK and SHIP are held, and of no meaning once their holder is gone.
            if (Path.GetFileName(path) is not ("LOCK" or "SHIP")) File.Copy(path, Path.Combine(copy.Folder, Path.GetFileName(path)));
        }
        File.Copy(Acknowledgements, copy.Acknowledgements);
        if (Directory.Exists(Away)) Target.CopyOf(Away, Objects, copy.Away);
        return copy;
    }

    /// <summary>Adds a line to the list of acknowledgements.</summary>
    public void Acknowledge(long sequence, ulong id)
    {
        using var file = new AcknowledgementFile(Acknowledgements);
        file.Add(sequence, id);
    }

    public Acknowledgement LastAcknowledged => AcknowledgementFile.Read(Acknowledgements).MaxBy(a => a.Sequence);

    /// <summary>Removes a file.</summary>
#pragma warning disable RS0030 // it is meant to be damage
    public static void Remove(string path) => File.Delete(path);
#pragma warning restore RS0030

    /// <summary>Rewrites a file's lines, blank ones too, as text without line breaks.</summary>
    public static void EditLines(string path, Action<List<string>> edit)
    {
        var lines = File.ReadAllText(path).Split('\n').ToList();
        lines.RemoveAt(lines.Count - 1); // what follows the last line's end: nothing
        edit(lines);
        File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")), new UTF8Encoding(false));
    }

    /// <summary>Flips one bit in the middle of a line, counted from the end when negative.</summary>
    public static void FlipBit(string path, int line)
    {
        var bytes = File.ReadAllBytes(path);
        var starts = new List<int>();
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != '\n' && (i == 0 || bytes[i - 1] == '\n')) starts.Add(i);
        }
        var start = starts[line < 0 ? starts.Count + line : line];
        bytes[(start + Array.IndexOf(bytes, (byte)'\n', start)) / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
