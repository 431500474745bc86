namespace Worker;

/// <summary>What the worker logs. The generator writes the calls; the durable log takes them without boxing a value.</summary>
internal static partial class JobLog
{
    public const int JobDone = 2;

    [LoggerMessage(1, LogLevel.Information, "Worker {Process} started")]
    public static partial void Started(this ILogger logger, int process);

    [LoggerMessage(JobDone, LogLevel.Information, "Job {Job} done")]
    public static partial void Finished(this ILogger logger, int job);

    [LoggerMessage(3, LogLevel.Warning, "Job {Job} had to be tried twice")]
    public static partial void Retried(this ILogger logger, int job);

    [LoggerMessage(4, LogLevel.Information, "Worker stopped after {Jobs} jobs")]
    public static partial void Stopped(this ILogger logger, int jobs);
}
