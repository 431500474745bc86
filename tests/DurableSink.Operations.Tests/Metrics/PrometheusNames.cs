using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace DurableSink.Operations.Tests.Metrics;

/// <summary>Our instruments as Prometheus sees them: not translated by us, but scraped from OpenTelemetry's own exporter.</summary>
internal static partial class PrometheusNames
{
    /// <summary>The names of all series, each with the names of its labels.</summary>
    public static async Task<Dictionary<string, string[]>> ScrapeAsync(CancellationToken cancellationToken)
    {
        using var every = new EveryInstrument();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter("DurableSink", "DurableSink.Shipper").AddPrometheusExporter());
        await using var app = builder.Build();
        app.MapPrometheusScrapingEndpoint();
        await app.StartAsync(cancellationToken);
        every.Measure();
        var text = await app.GetTestClient().GetStringAsync("/metrics", cancellationToken);
        return Series().Matches(text).GroupBy(line => line.Groups["name"].Value)
            .ToDictionary(lines => lines.Key, lines => Labels().Matches(lines.First().Groups["labels"].Value).Select(label => label.Groups[1].Value).ToArray());
    }

    [GeneratedRegex(@"^(?<name>durablesink_[a-z_]+)\{(?<labels>.*)\} ", RegexOptions.Multiline)]
    private static partial Regex Series();

    [GeneratedRegex(@"([a-z_]+)=""")]
    private static partial Regex Labels();
}
