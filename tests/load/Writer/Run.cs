using System.Collections.Concurrent;
using System.Text.Json;
using DurableSink.Faults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DurableSink.Load;

/// <summary>What the command line asks for. Answers in JSON lines on the standard output.</summary>
internal static class Run
{
    public static void Write(string directory, Settings settings)
    {
        using var meter = new MeterTotals();
        var notices = new ConcurrentDictionary<string, int>();
        var app = App.Build(directory, settings.Log, n => notices.AddOrUpdate(n.Name, 1, (_, count) => count + 1));
        var log = app.GetRequiredService<DurableLog>();
        var logger = settings.IsLogger ? app.GetRequiredService<ILoggerFactory>().CreateLogger("Load") : null;
        var producers = new Producers(log, logger, settings);
        Say(new { @is = "open", direct = log.IsDirectIO });

        var started = TimeProvider.System.GetTimestamp();
        producers.Run();
        Say(new { @is = "logged", seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds, refused = producers.Refused });

        Console.In.ReadToEnd(); // nothing of ours wakes this process until its input ends
        started = TimeProvider.System.GetTimestamp();
        app.Dispose();
        Say(new
        {
            @is = "closed",
            seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds,
            last = log.LastSequence,
            durable = log.DurableSequence,
            notices,
            meter = meter.Read(),
        });
    }

    /// <summary>Counts what the log's own reader finds, which checks the hash of every line.</summary>
    public static void Read(string directory)
    {
        long events = 0, other = 0;
        foreach (var record in new DurableLogReader(directory).Read())
        {
            if (record.Kind == LogRecordKind.Event) events++;
            else other++;
        }

        Say(new { @is = "read", events, other });
    }

    private static void Say<T>(T line) => Console.WriteLine(JsonSerializer.Serialize(line));
}
