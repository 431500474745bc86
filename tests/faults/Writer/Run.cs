using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DurableSink.Faults;

/// <summary>Writes until SIGTERM, closes, and says how that went.</summary>
internal static class Run
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500); // for producers that wait in a call

    public static int Write(string directory, Settings settings)
    {
        using var ledger = new Ledger();
        using var meter = new MeterTotals();
        using var asked = new ManualResetEventSlim();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            asked.Set();
        });

        var started = Ledger.Now;
        var app = App.Build(directory, settings.Log, ledger.Notice);
        DurableLog log;
        try
        {
            log = app.GetRequiredService<DurableLog>();
        }
        catch (Exception e) // told as any other failure
        {
            ledger.Write("failed", new() { ["type"] = e.GetType().Name, ["message"] = e.Message, ["ms"] = Math.Round(Ledger.Now - started, 1) });
            return 3;
        }

        ledger.Write("open", new()
        {
            ["directory"] = log.Directory,
            ["direct"] = log.IsDirectIO,
            ["last"] = log.LastSequence,
            ["ms"] = Math.Round(Ledger.Now - started, 1),
        });
        var isAlways = settings.Log.TryGetValue("Logging:DurableFile:Fsync", out var fsync) && fsync == nameof(FsyncPolicy.Always);
        var logger = settings.IsLogger ? app.GetRequiredService<ILoggerFactory>().CreateLogger("Orders") : null;
        var producers = new Producers(log, logger, isAlways, settings, ledger, asked);
        producers.Start();
        while (!asked.Wait(TimeSpan.FromMilliseconds(100))) ledger.Write("state", new() { ["durable"] = log.DurableSequence, ["last"] = log.LastSequence });

        started = Ledger.Now;
        ledger.Write("closing", []);
        producers.Join(Patience);
        app.Dispose();
        ledger.Write("closed", new()
        {
            ["durable"] = log.DurableSequence,
            ["last"] = log.LastSequence,
            ["ms"] = Math.Round(Ledger.Now - started, 1),
        });
        ledger.Write("producers", new() { ["ended"] = producers.Join(Patience) });
        ledger.Totals(meter.Read());
        return 0;
    }

    /// <summary>Opens and closes the log once more, so that what was left is recovered, and reads it with the log's own reader.</summary>
    public static int Reopen(string directory, Settings settings)
    {
        using var ledger = new Ledger();
        using (var app = App.Build(directory, settings.Log, ledger.Notice))
        {
            var report = app.GetRequiredService<DurableLog>().RecoveryReport;
            ledger.Write("recovered", new()
            {
                ["last"] = report.LastSequence,
                ["missing"] = report.Missing.Select(m => $"{m.First}-{m.Last}").ToArray(),
                ["segments"] = report.Segments.Select(s => $"{s.Name}: {s.Outcome}, {s.Detail}").ToArray(),
            });
        }

        var records = new DurableLogReader(directory).Read().ToList();
        ledger.Write("read", new()
        {
            ["events"] = records.Count(r => r.Kind == LogRecordKind.Event),
            ["other"] = records.Where(r => r.Kind != LogRecordKind.Event).Select(r => $"{r.Kind} {r.Sequence}-{r.LastSequence}").ToArray(),
        });
        return 0;
    }
}
