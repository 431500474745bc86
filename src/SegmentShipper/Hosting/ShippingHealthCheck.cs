using System.Globalization;
using DurableSink.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SegmentShipper.Hosting;

/// <summary>By how long the oldest segment has waited, and by what needs an operator.</summary>
internal sealed class ShippingHealthCheck(Shippers shippers) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (worst, texts, data) = (HealthStatus.Healthy, new List<string>(), new Dictionary<string, object>());
        foreach (var one in shippers.Logs)
        {
            var status = one.Status;
            var (health, text) = Judge(one, status);
            if (health < worst) worst = health;
            if (text is not null) texts.Add(text);
            if (status is not null) data[one.Log.LogName] = status;
        }

        return Task.FromResult(new HealthCheckResult(worst, texts.Count == 0 ? "All logs are shipped." : string.Join(" ", texts), null, data));
    }

    private static (HealthStatus Health, string? Text) Judge(ShippedLog one, ShippingStatus? status)
    {
        if (status is null)
            return (HealthStatus.Degraded, $"Log '{one.Log.LogName}' is not shipped: another shipper has its directory, or it cannot be opened.");
        var age = status.OldestUnshipped;
        var health = age >= one.Options.UnhealthyAge ? HealthStatus.Unhealthy
            : age >= one.Options.DegradedAge || status.SetAside > 0 || status.Dropped > 0 ? HealthStatus.Degraded
            : HealthStatus.Healthy;
        return (health, health == HealthStatus.Healthy ? null : string.Create(CultureInfo.InvariantCulture,
            $"Log '{one.Log.LogName}': {status.UnshippedSegments} segments ({SizeText.Show(status.UnshippedBytes)}) wait to be shipped, the oldest for {age:d\\.hh\\:mm\\:ss}; ") +
            $"{status.SetAside} set aside, {status.Dropped} dropped. Last failure: {status.LastFailure ?? "none"}.");
    }
}
