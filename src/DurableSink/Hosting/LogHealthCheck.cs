using System.Globalization;
using DurableSink.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DurableSink.Hosting;

/// <summary>By what each log of the container knows of itself.</summary>
internal sealed class LogHealthCheck(IEnumerable<LogDoorOf> doors, IServiceProvider services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (worst, texts, data) = (HealthStatus.Healthy, new List<string>(), new Dictionary<string, object>());
        var all = doors.Select(door => door.Get(services)).ToList();
        if (all.Count == 0) return Task.FromResult(HealthCheckResult.Unhealthy("There is no durable log: add one with AddDurableFile or AddDurableAudit."));
        foreach (var door in all)
        {
            var name = door.LogName ?? "?";
            var status = door.OpenLog?.GetStatus();
            var (health, text) = status is null ? NotOpen(door) : Judge(status, door.OpenLog!);
            if (status is not null) data[name] = status;
            if (health < worst) worst = health;
            if (text is not null) texts.Add($"Log '{name}': {text}");
        }

        return Task.FromResult(new HealthCheckResult(worst, texts.Count == 0 ? "All logs make events durable." : string.Join(" ", texts), null, data));
    }

    private static (HealthStatus Health, string Text) NotOpen(ILogDoor door) => (HealthStatus.Unhealthy, door.OpeningFailure is { } reason
        ? string.Create(CultureInfo.InvariantCulture, $"it cannot be opened, and {door.LostEvents} events are lost. {reason.Message}")
        : "it is not open yet.");

    private static (HealthStatus Health, string? Text) Judge(DurableLogStatus status, DurableLog log)
    {
        if (status.Failure is { } failure)
        {
            return (HealthStatus.Unhealthy, string.Create(CultureInfo.InvariantCulture,
                $"nothing becomes durable beyond event {status.DurableSequence}; accepted are {status.LastSequence}. {failure}"));
        }

        List<string> problems = [.. status.Notices.Select(notice => notice.Message)];
        if (status.BufferedBytes > log.Options.BufferBytes / 2)
        {
            problems.Add($"{SizeText.Show(status.BufferedBytes)} of {SizeText.Show(log.Options.BufferBytes)} in the buffer wait for the drive, " +
                $"events {status.DurableSequence + 1} to {status.LastSequence}.");
        }

        var damaged = log.RecoveryReport.Segments.Where(segment => !segment.IsWhole).Select(segment => segment.Name).ToList();
        if (damaged.Count > 0) problems.Add($"Opening found damage, in {string.Join(", ", damaged)}.");
        return problems.Count == 0 ? (HealthStatus.Healthy, null) : (HealthStatus.Degraded, string.Join(" ", problems));
    }
}
