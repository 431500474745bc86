using DurableSink;
using DurableSink.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health check of durable logs.</summary>
public static class DurableLogHealthChecksBuilderExtensions
{
    /// <summary>
    /// A health check of all logs behind <c>AddDurableFile</c> and <c>AddDurableAudit</c>. Unhealthy: a log is not open, or nothing becomes durable or is
    /// accepted (the drive is full, fails, or has not answered for <see cref="DurableLogOptions.FlushTimeout"/>). Degraded: the drive is slow, the buffer more
    /// than half full, events are dropped, a segment cannot be sealed, a fallback was taken (D10), or opening found damage. The data hold a
    /// <see cref="DurableLogStatus"/> for each log, by its name. Reads memory only: it never waits for a drive.
    /// </summary>
    /// <param name="builder">Of <c>services.AddHealthChecks()</c>.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="tags">By which endpoints choose their checks.</param>
    public static IHealthChecksBuilder AddDurableLog(this IHealthChecksBuilder builder, string name = "durable-log", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name, static services => new LogHealthCheck(services.GetServices<LogDoorOf>(), services), failureStatus: null, tags));
    }
}
