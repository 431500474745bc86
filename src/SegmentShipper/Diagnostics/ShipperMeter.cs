using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace SegmentShipper.Diagnostics;

/// <summary>The meter <c>DurableSink.Shipper</c> (docs/SHIPPING.md lists its instruments). Each measurement is tagged with <c>directory</c> and
/// <c>target</c>.</summary>
internal static class ShipperMeter
{
    private static readonly Meter Meter = new("DurableSink.Shipper");

    public static ConcurrentDictionary<ShipperMetrics, byte> Open { get; } = new();

    public static Counter<long> Segments { get; } = Meter.CreateCounter<long>(
        "durablesink.shipper.segments", "{segment}", "Segments whose object was verified.");

    public static Counter<long> Bytes { get; } = Meter.CreateCounter<long>("durablesink.shipper.bytes", "By", "Bytes sent for objects that were verified.");

    public static Counter<long> Failures { get; } = Meter.CreateCounter<long>(
        "durablesink.shipper.failures", "{attempt}", "Attempts to ship a segment that failed, by kind. All but SetAside are tried again.");

    public static Histogram<double> Duration { get; } = Meter.CreateHistogram<double>(
        "durablesink.shipper.duration", "s", "From the first look at a segment to its verified object.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600] });

    static ShipperMeter()
    {
        UpDown("durablesink.shipper.unshipped", "{segment}", "Sealed segments that are not known to be in the store.", static s => s.UnshippedSegments);
        UpDown("durablesink.shipper.unshipped.bytes", "By", "Their bytes on the disk.", static s => s.UnshippedBytes);
        Gauge("durablesink.shipper.unshipped.age", "s", "How long the oldest of them has been sealed.", static s => (long)s.OldestUnshipped.TotalSeconds);
        Gauge("durablesink.shipper.sequence", "{event}", "All events up to this number are in the store.", static s => s.ShippedSequence);
        UpDown("durablesink.shipper.set_aside", "{segment}", "Segments that were set aside.", static s => s.SetAside);
        Meter.CreateObservableCounter("durablesink.shipper.dropped", () => Open.Keys.Select(m => m.Measure(m.Status.Dropped)), "{segment}",
            "Segments that were removed without having been shipped.");
    }

    /// <summary>What has a sum over logs.</summary>
    private static void UpDown(string name, string unit, string description, Func<ShippingStatus, long> value) =>
        Meter.CreateObservableUpDownCounter(name, () => Open.Keys.Select(m => m.Measure(value(m.Status))), unit, description);

    /// <summary>What has none.</summary>
    private static void Gauge(string name, string unit, string description, Func<ShippingStatus, long> value) =>
        Meter.CreateObservableGauge(name, () => Open.Keys.Select(m => m.Measure(value(m.Status))), unit, description);
}
