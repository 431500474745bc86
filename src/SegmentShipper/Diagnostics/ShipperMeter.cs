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
        "durablesink.shipper.duration", "s", "From the first look at a segment to its verified object.");

    static ShipperMeter()
    {
        Gauge("durablesink.shipper.unshipped", "{segment}", "Sealed segments that are not known to be in the store.", static s => s.UnshippedSegments);
        Gauge("durablesink.shipper.unshipped.bytes", "By", "Their bytes on the disk.", static s => s.UnshippedBytes);
        Gauge("durablesink.shipper.unshipped.age", "s", "How long the oldest of them has been sealed.", static s => (long)s.OldestUnshipped.TotalSeconds);
        Gauge("durablesink.shipper.sequence", "{event}", "All events up to this number are in the store.", static s => s.ShippedSequence);
        Gauge("durablesink.shipper.set_aside", "{segment}", "Segments that were set aside.", static s => s.SetAside);
        Meter.CreateObservableCounter("durablesink.shipper.dropped", () => Open.Keys.Select(m => m.Measure(m.Status.Dropped)), "{segment}",
            "Segments that were removed without having been shipped.");
    }

    private static void Gauge(string name, string unit, string description, Func<ShippingStatus, long> value) =>
        Meter.CreateObservableGauge(name, () => Open.Keys.Select(m => m.Measure(value(m.Status))), unit, description);
}
