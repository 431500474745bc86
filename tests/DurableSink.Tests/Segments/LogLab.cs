using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>A log's directory on a simulated drive: planted files, recovery, and what must be true of the result.</summary>
internal static class LogLab
{
    public const string Root = "/log";

    public static LogIdentity Identity { get; } = new(SegmentText.LogId, SegmentText.LogName);

    /// <summary>A drive on which these files stand, durably.</summary>
    public static SimulatedDrive Drive(params (string Name, byte[] Bytes)[] files)
    {
        var drive = new SimulatedDrive(1);
        Open(drive).Dispose();
        foreach (var (name, bytes) in files) drive.Plant($"{Root}/{name}", bytes);
        return drive;
    }

    public static ILogDirectory Open(SimulatedDrive drive) =>
        drive.OpenDirectory(Root, new DirectorySettings(DirectIOMode.Auto, default, default), create: true);

    public static RecoveryResult Recover(SimulatedDrive drive)
    {
        using var directory = Open(drive);
        return new Recovery(directory, Identity, TailBlockMode.Rewrite, new FixedTime()).Run();
    }

    /// <summary>All files with their content, as text that two states can be compared by.</summary>
    public static string Snapshot(SimulatedDrive drive) => string.Join('\n', Names(drive)
        .Select(name => $"{name} {Convert.ToHexStringLower(SHA256.HashData(drive.Bytes($"{Root}/{name}")!))}"));

    public static List<string> Names(SimulatedDrive drive)
    {
        using var directory = Open(drive);
        return [.. directory.List().Order(StringComparer.Ordinal)];
    }

    public static byte[] Bytes(SimulatedDrive drive, string name) => drive.Bytes($"{Root}/{name}") ?? throw new InvalidOperationException($"no file '{name}'");

    /// <summary>What one thread finds; three find the same, which can be left out where thousands are scanned: their changes of thread take longest.</summary>
    public static SegmentScan Scan(byte[] bytes, long limit = long.MaxValue, bool inParallelToo = true)
    {
        using var directory = Open(Drive(("segment", bytes)));
        using var file = directory.Open("segment", Access.Segment, write: false);
        var alone = SegmentScanner.Scan(file, limit);
        if (!inParallelToo) return alone;
        using var inParallel = SegmentScanner.Scan(file, limit, inParallel: true);
        Assert.Equal(Describe(alone), Describe(inParallel));
        return alone;
    }

    /// <summary>All that a scan found, as text that two can be compared by.</summary>
    public static string Describe(SegmentScan scan) => string.Join(' ', typeof(SegmentScan).GetProperties().Select(p => (p.Name, Value: p.GetValue(scan)))
        .Select(p => $"{p.Name}={(p.Value is IncrementalHash hash ? Convert.ToHexStringLower(hash.GetCurrentHash()) : p.Value is List<LineRun> runs ? string.Join(',', runs) : p.Value)}"));

    /// <summary>
    /// The lines of all sealed segments, in log order, after a check of each segment: whole lines in order, a seal whose every field is
    /// right, nothing but newlines between, and the chain.
    /// </summary>
    public static List<string> SealedLines(SimulatedDrive drive)
    {
        var lines = new List<string>();
        string? before = null;
        foreach (var name in Names(drive).Where(n => n.EndsWith(".clef", StringComparison.Ordinal)))
        {
            var bytes = Bytes(drive, name);
            var seal = CheckSealed(name, bytes, lines);
            // The first that is left after a removal names one that is gone.
            if (seal.Previous.Sha256 is { } hash && (before != null || seal.FirstSequence == 1)) Assert.Equal(before, hash);
            if (seal.Previous.Sha256 == null) Assert.NotNull(seal.Previous.Reason);
            before = Convert.ToHexStringLower(SHA256.HashData(bytes));
        }

        return lines;
    }

    public static List<long> SealedSequences(SimulatedDrive drive) => [.. SealedLines(drive).Select(SequenceOf)];

    public static long SequenceOf(string line) => JsonDocument.Parse(line).RootElement.GetProperty("@seq").GetInt64();

    private static DateTimeOffset TimeOf(string line) => JsonDocument.Parse(line).RootElement.GetProperty("@t").GetDateTimeOffset();

    public static IEnumerable<long> Range(long first, long last)
    {
        for (var n = first; n <= last; n++) yield return n;
    }

    private static SegmentSeal CheckSealed(string name, byte[] bytes, List<string> lines)
    {
        Assert.Equal(LineTrailer.Newline, bytes[^1]);
        Assert.DoesNotContain((byte)0, bytes);
        var texts = Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(SegmentHeader.TryRead(Encoding.UTF8.GetBytes(texts[0]), name, out var header), $"{name}: no header");
        Assert.True(SegmentSeal.TryRead(Encoding.UTF8.GetBytes(texts[^1]), out var seal), $"{name}: no seal");
        var start = bytes.AsSpan().LastIndexOf(SegmentSeal.Mark);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, start))), seal.Sha256);
        var events = texts[1..^1];
        foreach (var line in events) Assert.True(LineTrailer.TryRead(Encoding.UTF8.GetBytes(line), out _, out _), $"{name}: {line}");
        Assert.Equal(events.Length, seal.Count);
        Assert.Equal(name, header.Name.Sealed);
        Assert.Equal(header.FirstSequence, seal.FirstSequence);
        Assert.Equal(header.FirstSequence, SequenceOf(events[0]));
        Assert.Equal(SequenceOf(events[^1]), seal.LastSequence);
        Assert.Equal((events.Min(TimeOf), events.Max(TimeOf)), (seal.MinTime, seal.MaxTime)); // by which readers leave segments out
        lines.AddRange(events);
        return seal;
    }
}

/// <summary>The process ends here: thrown out of a call to the drive, before the call has an effect.</summary>
internal sealed class CrashException : Exception;
