using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using DurableSink.Sinks;
using DurableSink.Tests.Storage;
using Serilog;
using Serilog.Core;
using Xunit;

namespace DurableSink.Tests.Sinks;

/// <summary>What the tests of the sinks share: logs on a simulated drive whose commits are a write and a flush.</summary>
public abstract class SinkTest
{
    private protected const string Root = "/log";

    protected SinkTest() => Logs = new SharedLogs(Open);

    private protected SimulatedDrive Drive { get; } = new(seed: 1) { SupportsDurableWrites = false };

    private protected SharedLogs Logs { get; }

    private protected int Opened { get; private set; }

    private protected ConcurrentQueue<DurableNotice> Notices { get; } = new();

    private protected Logger Audit(Action<DurableSerilogOptions>? more = null) =>
        new LoggerConfiguration().MinimumLevel.Verbose().AuditTo.Sink(new AuditSink(AuditOptions(more), Logs)).CreateLogger();

    private protected Logger Log(Action<DurableSerilogOptions>? more = null) =>
        new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(new LogSink(LogOptions(more), Logs)).CreateLogger();

    private protected DurableSerilogOptions AuditOptions(Action<DurableSerilogOptions>? more = null) => Options(DurableSerilogOptions.ForAudit(), more);

    private protected DurableSerilogOptions LogOptions(Action<DurableSerilogOptions>? more = null) => Options(DurableSerilogOptions.ForLog(), more);

    private protected bool WasTold(string name) => Notices.Any(notice => notice.Name == name);

    /// <summary>The events that are read from a drive; their sequence numbers have no gap (D2).</summary>
    private protected static List<JsonNode> Read(SimulatedDrive drive, string directory = Root)
    {
        var events = new List<JsonNode>();
        foreach (var record in new DurableLogReader(directory, drive).Read())
        {
            Assert.Equal(LogRecordKind.Event, record.Kind);
            Assert.Equal(events.Count + 1, record.Sequence);
            events.Add(JsonNode.Parse(record.Json.Span)!);
        }

        return events;
    }

    /// <summary>What the property N of each event says that a power cut now would leave.</summary>
    private protected List<int> AfterCut()
    {
        var drive = Drive.PowerCut(CutMode.None, 0);
        DurableLog.OpenOn(drive, AuditOptions()).Dispose();
        return Numbers(drive);
    }

    private protected static List<int> Numbers(SimulatedDrive drive) => [.. Read(drive).Select(e => (int)e["N"]!)];

    private DurableSerilogOptions Options(DurableSerilogOptions defaults, Action<DurableSerilogOptions>? more) => SinkOptions.From(
        o =>
        {
            (o.Directory, o.LogName, o.OnNotice) = (Root, "test", Notices.Enqueue);
            (o.BatchWindow, o.Preallocation) = (TimeSpan.FromMilliseconds(1), PreallocationMode.None);
            (o.SegmentBytes, o.MaxEventBytes, o.BufferBytes) = (1 << 20, 16 << 10, 256 << 10);
            (o.LockTimeout, o.ShutdownTimeout) = (TimeSpan.Zero, TimeSpan.FromMinutes(1));
            more?.Invoke(o);
        },
        defaults);

    private DurableLog Open(DurableLogOptions options)
    {
        Opened++;
        return DurableLog.OpenOn(Drive, options);
    }
}
