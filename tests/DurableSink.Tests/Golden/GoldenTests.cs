using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using DurableSink.Segments;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Golden;

/// <summary>
/// Directories that version 1 of the format left: they are read, and recovered, as they were when they were written, for ever. Files of
/// <c>v1</c> are never changed, only added to.
/// </summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Cases => ["active", "damaged", "rewritten", "salvaged", "sealed", "torn"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_reads_the_same_for_ever(string name)
    {
        string[] expected = File.ReadAllLines(Path.Combine(Here(), "v1", name, "expected.txt"));
        Assert.Equal(expected, Records(DriveOf(name)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sealed_files_stay_as_they_are(string name)
    {
        var drive = DriveOf(name);
        var before = Sealed(drive);
        DurableLog.OpenOn(drive, Options()).Dispose();
        var after = Sealed(drive);
        foreach (var (file, bytes) in before) Assert.Equal(bytes, after[file]);
    }

    [Fact]
    public void Keys_are_remembered()
    {
        var drive = DriveOf("sealed");
        using var log = DurableLog.OpenOn(drive, Options());
        log.RememberKeys(1000, TimeSpan.FromDays(36500));
        var last = log.LastSequence;
        var body = """{"@t":"2026-11-20T08:00:01.1234567Z","IdempotencyKey":"order 3","@mt":"Order {N}","N":3}"""u8.ToArray();
        var place = log.AppendKeyed("order 3", KeyedLine.ContentOf(body), Timestamps.FromTicks(Timestamps.TicksOfLine(body)), body.AsSpan()[..^1]).Durable;
        Assert.Equal(3, Soon.Result(place).Sequence);
        Assert.Equal(last, log.LastSequence);
    }

    internal static DurableLogOptions Options() => new()
    {
        Directory = LogLab.Root,
        LogName = "orders",
        Fsync = FsyncPolicy.Always,
        Preallocation = PreallocationMode.None,
        TimeProvider = new FixedTime(),
    };

    /// <summary>What is read as the directory stands, what recovery says, and what is read then.</summary>
    internal static string[] Records(SimulatedDrive drive)
    {
        var before = Read(drive);
        using (var log = DurableLog.OpenOn(drive, Options()))
        {
            before.Add($"recovered: last {log.LastSequence}, missing {string.Join(' ', log.RecoveryReport.Missing)}".TrimEnd());
        }

        return [.. before, .. Read(drive)];
    }

    private static SimulatedDrive DriveOf(string name)
    {
        var drive = new SimulatedDrive();
        foreach (var file in Directory.GetFiles(Path.Combine(Here(), "v1", name)))
            if (Path.GetFileName(file) != "expected.txt") drive.Plant($"{LogLab.Root}/{Path.GetFileName(file)}", File.ReadAllBytes(file));
        return drive;
    }

    /// <summary>What is read, one record a line; of an event, its line's hash.</summary>
    private static List<string> Read(SimulatedDrive drive) => [.. new DurableLogReader(LogLab.Root, drive).Read().Select(record => string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Kind} {record.Sequence} {(record.Kind == LogRecordKind.Event ? HashOf(record.Json) : record.LastSequence)}{(record.IsProvisional ? " provisional" : "")}"))];

    private static string HashOf(ReadOnlyMemory<byte> line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("@hash").GetString()!;
    }

    private static Dictionary<string, byte[]> Sealed(SimulatedDrive drive) => LogLab.Names(drive)
        .Where(name => name.EndsWith(SegmentName.SealedSuffix, StringComparison.Ordinal)).ToDictionary(name => name, name => LogLab.Bytes(drive, name));

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
