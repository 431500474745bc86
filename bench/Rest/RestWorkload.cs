using System.Diagnostics;
using DurableSink.Bench.Durable;
using DurableSink.Bench.FireAndForget;
using DurableSink.Bench.Measuring;
using DurableSink.Bench.Peers;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Running;
using Microsoft.Extensions.Logging;

namespace DurableSink.Bench.Rest;

/// <summary>W6: what a log costs that has next to nothing to do.</summary>
internal static class RestWorkload
{
    private const string Cpu = "cpuPercent", WakeUps = "wakeUpsPerSecond", Started = "startMs", ThreadCount = "threads", Memory = "memory", Written = "bytesWritten", Writes = "writes";
    private const string Nothing = "idle: no log", Batch = "idle: DurableSink, ILogger, Batch", Always = "idle: DurableSink, Append, Always";

    public static Workload Create() => new(
        "w6", "a log at rest in a new process: idle after one event, or one event a second", 10,
        [
            Idle(Nothing, Kind.Limit, _ => new FrameworkSink(CallStyle.Generated, b => b.AddProvider(new Limits.EmptyProvider(reads: false)))),
            Idle(Batch, Kind.Ours, f => FrameworkSink.Ours(CallStyle.Generated, f)),
            Idle(Always, Kind.Ours, f => new DurableSinkOf(new OurLog(f))),
            Idle("idle: Serilog.Sinks.File", Kind.Peer, f => SerilogSink.File(f, buffered: false)),
            Idle("idle: Serilog.Sinks.Async, blocking", Kind.Peer, f => SerilogSink.Async(f, blocks: true)),
            Idle("idle: NLog file, async, blocking", Kind.Peer, f => new NLogSink(f, autoFlush: false, isAsync: true)),
            Trickle("1/s: DurableSink, ILogger, Batch", Kind.Ours, f => FrameworkSink.Ours(CallStyle.Generated, f)),
            Trickle("1/s: DurableSink, Append, Always", Kind.Ours, f => new DurableSinkOf(new OurLog(f))),
            Trickle("1/s: Serilog.Sinks.File audit, flushed", Kind.Peer, f => new DurableSinkOf(new SerilogAudit(f, isFlushed: true))),
            Trickle("1/s: SQLite WAL FULL, a row each", Kind.Peer, f => new DurableSinkOf(new SqliteRows(f)), Sqlite.Missing),
        ],
        [
            new(Cpu, "CPU %", "0.000"), new(WakeUps, "wake-ups/s", "0.0"), new(ThreadCount, "threads", "0"), new(Memory, "memory MiB", "0.0"), new(Started, "start ms", "0.0"),
            new(Written, "bytes written/event"), new(Writes, "drive writes/event", "0.0"),
        ],
        [
            Target.AtMost(0.1, "idle, Batch: CPU % beyond a process without a log", r => Results.Difference(r.Find(Batch, 1), r.Find(Nothing, 1), Cpu)),
            Target.AtMost(0.1, "idle, Always: the same", r => Results.Difference(r.Find(Always, 1), r.Find(Nothing, 1), Cpu)),
            Target.AtMost(0.5, "idle, Batch: wake-ups/s beyond it: no timer ticks", r => Results.Difference(r.Find(Batch, 1), r.Find(Nothing, 1), WakeUps)),
            Target.AtMost(0.5, "idle, Always: the same", r => Results.Difference(r.Find(Always, 1), r.Find(Nothing, 1), WakeUps)),
        ])
    {
        IsCold = true,
    };

    private static Case Idle(string name, Kind kind, Func<string, IEventSink> open) => new(name, 1, kind, setup =>
    {
        var from = Stopwatch.GetTimestamp();
        var sink = open(setup.Folder);
        sink.Log(0);
        var started = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
        Settle();
        var (wakes, counted) = (ProcessFacts.WakeUps(), Stopwatch.GetTimestamp());
        Settle(); // from what was just done, too: a count of wake-ups reads many files
        var cpu = Environment.CpuUsage.TotalTime;
        Wait(setup.Seconds);
        var figures = new Figures { [Started] = started, [Cpu] = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds / setup.Seconds * 100 }
            .With(WakeUps, (ProcessFacts.WakeUps() - wakes) / Stopwatch.GetElapsedTime(counted).TotalSeconds)
            .With(ThreadCount, ProcessFacts.Threads())
            .With(Memory, MemoryGrowth.Resident());
        sink.Dispose();
        return figures;
    });

    private static Case Trickle(string name, Kind kind, Func<string, IEventSink> open, string? missing = null) => new(name, 1, kind, setup =>
    {
        var sink = open(setup.Folder);
        sink.Log(0);
        Wait(1);
        Limits.RawCalls.Sync();
        var (cpu, bytes, writes) = (Environment.CpuUsage.TotalTime, ProcessFacts.BytesWritten(), ProcessFacts.DriveWrites(setup.Folder));
        var events = (int)Math.Ceiling(setup.Seconds);
        for (var n = 1; n <= events; n++)
        {
            sink.Log(n);
            Wait(1);
        }
        var figures = new Figures { [Cpu] = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds / events * 100 }
            .With(Written, (ProcessFacts.BytesWritten() - bytes) / events)
            .With(Writes, (ProcessFacts.DriveWrites(setup.Folder) - writes) / events);
        sink.Dispose();
        return figures;
    }, missing);

    /// <summary>Waits until a start has nothing left to do: the runtime compiles what it ran often on a thread of its own, some seconds later.</summary>
    private static void Settle()
    {
        for (var (second, used) = (0, Environment.CpuUsage.TotalTime); second < 20; second++)
        {
            Wait(1);
            var before = used;
            used = Environment.CpuUsage.TotalTime;
            if (second > 1 && used - before < TimeSpan.FromMilliseconds(0.5)) return;
        }
    }

    private static void Wait(double seconds)
    {
#pragma warning disable RS0030 // time itself is what is measured, no condition
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
#pragma warning restore RS0030
    }

    private sealed class DurableSinkOf(IBlockingWriter writer) : IEventSink
    {
        public void Log(long n) => writer.Write(n);

        public void Dispose() => writer.Dispose();
    }
}
