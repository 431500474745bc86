using OpenTelemetry;
using OpenTelemetry.Metrics;
using Xunit;

namespace DurableSink.Operations.Tests.Metrics;

/// <summary>What OpenTelemetry's SDK makes of the meters is what the documents' tables say.</summary>
public sealed class OpenTelemetryTests
{
    [Fact]
    public void Each_instrument_is_exported_with_the_name_kind_and_unit_that_is_documented()
    {
        var exported = Export().Select(metric => (metric.Name, Kind: KindOf(metric.MetricType), metric.Unit));
        var documented = Documents.Rows("docs/OPERATIONS.md", "## Metrics").Concat(Documents.Rows("docs/SHIPPING.md", "## Metrics"))
            .Select(row => (Name: row[0], Kind: row[1], Unit: row[2])).ToList();
        Assert.True(documented.Count > 25);
        Assert.Equal(documented.Order(), exported.Order());
    }

    [Fact]
    public void Each_instrument_says_what_it_is() => Assert.All(Export(), metric => Assert.EndsWith(".", metric.Description, StringComparison.Ordinal));

    [Theory]
    [InlineData("DurableSink", new[] { "directory", "log" })]
    [InlineData("DurableSink.Shipper", new[] { "directory", "target" })]
    public void Each_measurement_says_whose_it_is(string meter, string[] tags)
    {
        var more = new Dictionary<string, string>
        {
            ["durablesink.segments"] = "state",
            ["durablesink.recovery.segments"] = "outcome",
            ["durablesink.shipper.failures"] = "kind",
        };
        foreach (var metric in Export().Where(metric => metric.MeterName == meter))
        {
            var expected = more.TryGetValue(metric.Name, out var own) ? tags.Append(own) : tags;
            foreach (var point in metric.MetricPoints)
            {
                var names = new List<string>();
                foreach (var tag in point.Tags) names.Add(tag.Key);
                Assert.Equal((metric.Name, string.Join(' ', expected.Order())), (metric.Name, string.Join(' ', names.Order())));
            }
        }
    }

    /// <summary>OpenTelemetry's own boundaries begin at 5, whatever the unit.</summary>
    [Fact]
    public void Commits_of_a_fast_and_a_slow_drive_are_told_apart_by_the_buckets()
    {
        var duration = Export().Single(metric => metric.Name == "durablesink.commit.duration");
        var filled = new List<(double Bound, long Count)>();
        foreach (var bucket in Assert.Single(duration.MetricPoints).GetHistogramBuckets())
        {
            if (bucket.BucketCount > 0) filled.Add((bucket.ExplicitBound, bucket.BucketCount));
        }

        Assert.Equal([(0.0001, 1), (0.0025, 1)], filled);
    }

    /// <summary>General metric semantic conventions of OpenTelemetry: lower case, words joined by underscores, parts by dots, units in UCUM, no total.</summary>
    [Fact]
    public void Names_and_units_follow_the_conventions() => Assert.All(Export(), metric =>
    {
        Assert.Matches("^durablesink(\\.[a-z]+(_[a-z]+)*)+$", metric.Name);
        Assert.DoesNotMatch("total|count(er)?$|seconds", metric.Name);
        Assert.Matches("^(s|By|\\{[a-z]+\\})$", metric.Unit);
    });

    private static List<MetricSnapshot> Export()
    {
        var exported = new List<MetricSnapshot>();
        using var every = new EveryInstrument();
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter("DurableSink", "DurableSink.Shipper").AddInMemoryExporter(exported).Build();
        every.Measure();
        Assert.True(provider.ForceFlush());
        return [.. exported]; // the end of the provider exports once more
    }

    private static string KindOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "updowncounter",
        MetricType.LongGauge or MetricType.DoubleGauge => "gauge",
        MetricType.Histogram => "histogram",
        _ => type.ToString(),
    };
}
