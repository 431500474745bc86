using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>What the tests of the commit share: a log on a simulated drive whose commits are a write and a flush, and nothing else
/// on that drive but them (no room written ahead).</summary>
public abstract class CommitTest
{
    private protected const string Root = "/log";

    private protected SimulatedDrive Drive { get; } = new(seed: 1) { SupportsDurableWrites = false };

    private protected ConcurrentQueue<DurableNotice> Notices { get; } = new();

    private protected DurableLogOptions Options(FsyncPolicy policy, Action<DurableLogOptions>? more = null)
    {
        var options = new DurableLogOptions
        {
            Directory = Root,
            LogName = "test",
            Fsync = policy,
            Preallocation = PreallocationMode.None,
            BatchWindow = TimeSpan.FromMilliseconds(1),
            SegmentBytes = 1 << 20,
            MaxEventBytes = 16 << 10,
            BufferBytes = 256 << 10,
            LockTimeout = TimeSpan.Zero,
            ShutdownTimeout = TimeSpan.FromMinutes(1),
            OnNotice = Notices.Enqueue,
        };
        more?.Invoke(options);
        return options;
    }

    private protected DurableLog Open(FsyncPolicy policy, Action<DurableLogOptions>? more = null) => DurableLog.OpenOn(Drive, Options(policy, more));

    /// <summary>An event that is known by its number; with room for filling, its line is that much longer.</summary>
    private protected static DurableEvent Event(long number, int filling = 0) => filling == 0
        ? DurableEvent.Create("Event {N}", number)
        : DurableEvent.Create("Event {N} {Filling}", number, new string('x', filling));

    private protected static void Append(DurableLog log, long from, long to, int filling = 0)
    {
        for (var n = from; n <= to; n++) log.Append(Event(n, filling));
    }

    /// <summary>A line's body of an exact length.</summary>
    private protected static byte[] Body(int length)
    {
        var start = "{\"@t\":\"2026-11-20T08:00:01.1234567Z\",\"N\":1,\"Filling\":\"";
        return Encoding.ASCII.GetBytes(start + new string('x', length - start.Length - 1) + "\"");
    }

    /// <summary>The numbers of the events that are read from the drive, in log order; their sequence numbers have no gap.</summary>
    private protected static List<long> Read(SimulatedDrive drive)
    {
        var numbers = new List<long>();
        foreach (var record in new DurableLogReader(Root, drive).Read())
        {
            Assert.Equal(LogRecordKind.Event, record.Kind);
            Assert.Equal(numbers.Count + 1, record.Sequence); // D2
            using var json = JsonDocument.Parse(record.Json);
            numbers.Add(json.RootElement.GetProperty("N").GetInt64());
        }

        return numbers;
    }

    /// <summary>The events that another opening finds on the drive.</summary>
    private protected List<long> Recovered(SimulatedDrive drive)
    {
        using (var log = DurableLog.OpenOn(drive, Options(FsyncPolicy.Always)))
        {
            Assert.Empty(log.RecoveryReport.Missing);
        }

        return Read(drive);
    }

    /// <summary>The events that are there after the power was cut now and nothing unflushed survived.</summary>
    private protected List<long> AfterCut() => Recovered(Drive.PowerCut(CutMode.None, 0));

    private protected static IEnumerable<long> Numbers(long from, long to)
    {
        for (var n = from; n <= to; n++) yield return n;
    }

    private protected static IReadOnlyList<string> Files(SimulatedDrive drive, string suffix)
    {
        using var directory = drive.OpenDirectory(Root, DirectorySettings.ForReading, create: false);
        return [.. directory.List().Where(name => name.EndsWith(suffix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private protected IReadOnlyList<string> Sealed() => Files(Drive, SegmentName.SealedSuffix);

    private protected IReadOnlyList<string> Active() => Files(Drive, SegmentName.ActiveSuffix);

    private protected static bool IsActive(string name) => name.EndsWith(SegmentName.ActiveSuffix, StringComparison.Ordinal);

    private protected static bool IsSpare(string name) => name.EndsWith(SegmentName.SpareSuffix, StringComparison.Ordinal);

    private protected bool WasTold(string name) => Notices.Any(notice => notice.Name == name);
}
