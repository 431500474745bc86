using System.IO.Hashing;
using System.Text;

namespace DurableSink.PowerCut;

/// <summary>One damage, and what the verifier must say of it ("passed" where nothing is wrong).</summary>
internal sealed record Trial(string Name, string Expected, Action<LogCopy> Damage);

/// <summary>The damages of the self-test.</summary>
internal static class Trials
{
    private const string Passed = "passed";

    /// <summary>Of a log whose events were written under keys.</summary>
    public static IReadOnlyList<Trial> Keyed { get; } =
    [
        new("as the keyed writer left it", Passed, _ => { }),
        new("a file of keys is damaged, its segment is there", Passed, c => File.WriteAllBytes(KeysOf(c), File.ReadAllBytes(KeysOf(c))[..^10])),
        new("a file of keys is gone", "when it was tried again under its key", c => LogCopy.Remove(KeysOf(c))),
    ];

    public static IReadOnlyList<Trial> All { get; } =
    [
        // Nothing wrong: what a crash may leave.
        new("as the writer left it", Passed, _ => { }),
        new("half a line behind the last event", Passed, c => AppendAtEnd(c.Active, "{\"@t\":\"2026-")),
        new("torn: a sector lost, the next begins amid a line", Passed, c => AppendTorn(c, "rest of a line\"}\n")),
        new("torn: a sector lost, the next begins with a line's end", Passed, c => AppendTorn(c, "\n")),
        new("torn: a sector lost, the next begins with a line", Passed, c => AppendTorn(c, "")),
        new("sealed, but not yet renamed", Passed, c => RenameLastSealed(c)),
        new("an acknowledgement cut off while it was written", Passed, c => File.AppendAllText(c.Acknowledgements, "99999999 00")),

        // Acknowledged, but not in the log.
        new("acknowledged beyond the end", "acknowledged events are lost", c => c.Acknowledge(c.LastAcknowledged.Sequence + 1, 42)),
        new("acknowledged under a number that another event has", "acknowledged events are lost", c => c.Acknowledge(1, 42)),
        new("acknowledged under another number", "was acknowledged as event", c => c.Acknowledge(1, c.LastAcknowledged.Id)),
        new("the active segment is gone", "acknowledged events are lost", c => LogCopy.Remove(c.Active)),
        new("the last line is gone", "acknowledged events are lost", c => LogCopy.EditLines(c.Active, lines => lines.RemoveAt(lines.FindLastIndex(line => line != "")))),
        new("a bit flipped in the last line", "recovery misses events", c => LogCopy.FlipBit(c.Active, -1)),
        new("a bit flipped amid the active segment", "recovery misses events", c => LogCopy.FlipBit(c.Active, 2)),
        new("all of the log is gone", "acknowledged events are lost", c => Directory.Delete(c.Folder, recursive: true)),

        // Sealed segments that are not what they were.
        new("a sealed segment is gone", "comes next", c => LogCopy.Remove(c.Sealed[2])),
        new("the last sealed segment is gone", "comes next", c => LogCopy.Remove(c.Sealed[^1])),
        new("a bit flipped in a sealed event", "wrong @hash", c => LogCopy.FlipBit(c.Sealed[1], 3)),
        new("a bit flipped in a header", "wrong @hash", c => LogCopy.FlipBit(c.Sealed[1], 0)),
        new("a bit flipped in a seal", "wrong @hash", c => LogCopy.FlipBit(c.Sealed[1], -1)),
        new("a seal cut short", "ends within a line", c => Shorten(c.Sealed[1])),
        new("a seal missing", "without a seal", c => LogCopy.EditLines(c.Sealed[1], lines => lines.RemoveAt(lines.Count - 1))),
        new("NULs behind a seal", "ends within a line", c => AppendAtEnd(c.Sealed[1], "\0\0\0\0")),
        new("an event behind a seal", "something follows the seal", c => LogCopy.EditLines(c.Sealed[1], lines => lines.Add(lines[3]))),
        new("an event twice", "follows event", c => LogCopy.EditLines(c.Sealed[1], lines => lines.Insert(3, lines[3]))),
        new("two events in the wrong order", "follows event", c => LogCopy.EditLines(c.Sealed[1], lines => lines.Reverse(3, 2))),
        new("an event removed", "follows event", c => LogCopy.EditLines(c.Sealed[1], lines => lines.RemoveAt(3))),
        new("another event under the same number", "is not what id", c => LogCopy.EditLines(c.Sealed[1], lines => lines[3] = Forge(lines[3], "placed", "PLACED"))),
        new("other whitespace, so another file", "Sha256", c => LogCopy.EditLines(c.Sealed[1], lines => lines[3] = Forge(lines[3], "\"Nothing\":null", "\"Nothing\": null"))),
        new("a segment twice", "SegmentId is", c => File.Copy(c.Sealed[1], c.Sealed[1][..^".00000000.clef".Length] + "-00000000.clef")),
        new("a file that no log has", "a file that no log has", c => File.WriteAllText(Path.Combine(c.Folder, "notes.txt"), "")),
        new("another log's LOG", "", c => LogCopy.EditLines(Path.Combine(c.Folder, "LOG"), lines => lines.Clear())),
    ];

    private static void AppendAtEnd(string path, string text)
    {
        // Preallocated room behind the last line is filler; what a torn commit leaves stands right behind that line.
        var bytes = File.ReadAllBytes(path).AsSpan().TrimEnd((byte)'\n');
        File.WriteAllBytes(path, [.. bytes, (byte)'\n', .. Encoding.UTF8.GetBytes(text)]);
    }

    // A commit of two events, never acknowledged, of which the first sector did not reach the drive: behind the log's end stands filler
    // up to the end of that sector, then what the next sector held, a whole event among it.
    private static void AppendTorn(LogCopy copy, string rest)
    {
        const int Sector = 512;
        var bytes = File.ReadAllBytes(copy.Active).AsSpan().TrimEnd((byte)'\n').ToArray();
        var line = Encoding.UTF8.GetString(bytes.AsSpan(bytes.AsSpan().LastIndexOf((byte)'\n') + 1));
        var last = copy.LastAcknowledged.Sequence;
        var beyond = rest + Forge(line, $"\"@seq\":{last}", $"\"@seq\":{last + 2}") + "\n";
        var filler = Enumerable.Repeat((byte)'\n', Sector - bytes.Length % Sector);
        File.WriteAllBytes(copy.Active, [.. bytes, .. filler, .. Encoding.UTF8.GetBytes(beyond)]);
    }

    private static void Shorten(string path)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.SetLength(file.Length - 1);
    }

    private static void RenameLastSealed(LogCopy copy)
    {
        var path = copy.Sealed[^1];
        File.Copy(path, path + ".active");
        LogCopy.Remove(path);
    }

    // Changes a line and gives it a right hash again, as an attacker or a faulty writer would.
    private static string Forge(string line, string from, string to)
    {
        const string Field = ",\"@hash\":\"";
        var body = line[..line.LastIndexOf(Field, StringComparison.Ordinal)];
        var changed = body.Replace(from, to, StringComparison.Ordinal);
        if (changed == body) changed = body.Replace("\"Flag\":true", "\"Flag\":null", StringComparison.Ordinal).Replace("\"Flag\":false", "\"Flag\":null", StringComparison.Ordinal);
        return $"{changed}{Field}{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(changed)):x16}\"}}";
    }

    private static string KeysOf(LogCopy copy) => Directory.GetFiles(copy.Folder, "*.keys").Order(StringComparer.Ordinal).Last();
}
