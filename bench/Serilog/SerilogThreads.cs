using System.Diagnostics;
using DurableSink.Bench.Measuring;
using Serilog;
using Serilog.Formatting.Json;

namespace DurableSink.Bench.Serilog;

/// <summary>Which sink stands behind the audit logger.</summary>
internal enum AuditSinkKind
{
    /// <summary><c>AuditTo.DurableFile</c>.</summary>
    Durable,

    /// <summary><c>AuditTo.File</c>, made durable by a flush to the drive after each event.</summary>
    FlushedFile,
}

/// <summary>Threads that log through Serilog's <c>AuditTo</c>: each call returns when its event is durable.</summary>
internal sealed class SerilogThreads(AuditSinkKind kind, int threads) : IWorkload
{
    public string Name => (kind == AuditSinkKind.Durable ? "AuditTo.DurableFile" : "AuditTo.File, flushed") + (threads == 1 ? ", 1 thread" : $", {threads} threads");

    public bool IsReference => false;

    public Measurement Run(string folder, double seconds)
    {
        var latencies = Enumerable.Range(0, threads).Select(_ => new Latencies()).ToArray();
        var flushed = new FlushedFile();
        using var counters = new EngineCounters();
        using var logger = Open(folder, flushed);
        var (before, stopper) = (Flushes(), new Stopper(seconds));
        var running = latencies.Select((mine, n) => new Thread(() => Produce(logger, stopper, mine, n))).ToList();
        foreach (var thread in running) thread.Start();
        foreach (var thread in running) thread.Join();
        var (elapsed, flushes, events) = (stopper.Elapsed, Flushes() - before, latencies.Sum(l => (long)l.Count));
        ((IDisposable)logger).Dispose();
        var bytes = new DirectoryInfo(folder).EnumerateFiles("*.clef", SearchOption.AllDirectories).Sum(file => file.Length);
        return new(events / elapsed, Latencies.Merge(latencies), (double)flushes / events, (double)bytes / events, kind == AuditSinkKind.Durable);

        long Flushes() => kind == AuditSinkKind.Durable ? counters.FlushesSoFar() ?? 0 : flushed.Flushes;
    }

    private global::Serilog.Core.Logger Open(string folder, FlushedFile flushed) => kind == AuditSinkKind.Durable
        ? new LoggerConfiguration().AuditTo.DurableFile(o => (o.Directory, o.LogName) = (Path.Combine(folder, "log"), "bench")).CreateLogger()
        : new LoggerConfiguration().AuditTo.File(new JsonFormatter(), Path.Combine(folder, "log.clef"), hooks: flushed).CreateLogger();

    /// <summary>An exception ends the program: a producer that fails has measured nothing.</summary>
    private static void Produce(ILogger logger, Stopper stopper, Latencies latencies, long n)
    {
        var now = Stopwatch.GetTimestamp();
        while (!stopper.IsOver(now))
        {
            var from = now;
            logger.Information("User {UserId} ordered {Count} items of {Sku} for {Total}", 100_000 + n % 900_000, n % 9 + 1, "WIDGET-BLUE-LARGE-COTTON-2026-EU-WEST", 1249.95m);
            n++;
            now = Stopwatch.GetTimestamp();
            latencies.Add(from, now);
        }
    }
}
