using System.Text.Json;
using DurableSink;

namespace Worker;

/// <summary>Does one job after the other and logs each.</summary>
internal sealed class JobWorker(ILogger<JobWorker> logger) : BackgroundService
{
    /// <summary>How many jobs were done. Read it after the host has stopped.</summary>
    public static int Done { get; private set; }

    /// <summary>Whether the log's record says that a job of this process is done.</summary>
    public static bool IsDone(LogRecord record, int process)
    {
        if (record.Kind != LogRecordKind.Event) return false;
        using var json = JsonDocument.Parse(record.Json);
        return json.RootElement.TryGetProperty("EventId", out var id) && id.GetProperty("Id").GetInt32() == JobLog.JobDone
            && json.RootElement.GetProperty("Process").GetInt32() == process;
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        logger.Started(Environment.ProcessId);
        for (var job = 1; !stopping.IsCancellationRequested; job++)
        {
            using var scope = logger.BeginScope(new Dictionary<string, object> { ["Job"] = job, ["Process"] = Environment.ProcessId });
            await Task.Delay(Random.Shared.Next(1, 20), CancellationToken.None); // the work; a stop waits for the job that is under way
            if (job % 50 == 0) logger.Retried(job);
            logger.Finished(job);
            Done = job;
        }

        logger.Stopped(Done);
    }
}
