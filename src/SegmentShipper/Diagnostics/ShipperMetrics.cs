using System.Diagnostics.Metrics;

namespace SegmentShipper.Diagnostics;

/// <summary>What one shipper counts, as instruments of <see cref="ShipperMeter"/>. May be used from any thread.</summary>
internal sealed class ShipperMetrics(string directory, string target, Func<ShippingStatus> status)
{
    private readonly KeyValuePair<string, object?> _directory = new("directory", directory);
    private readonly KeyValuePair<string, object?> _target = new("target", target);

    public ShippingStatus Status => status();

    public void Add() => ShipperMeter.Open[this] = 0;

    public void Remove() => ShipperMeter.Open.TryRemove(this, out _);

    public void Shipped(long sentBytes, TimeSpan duration) => Guarded(() =>
    {
        ShipperMeter.Segments.Add(1, _directory, _target);
        ShipperMeter.Bytes.Add(sentBytes, _directory, _target);
        ShipperMeter.Duration.Record(duration.TotalSeconds, _directory, _target);
    });

    public void Failed(string kind) => Guarded(() => ShipperMeter.Failures.Add(1, _directory, _target, new("kind", kind)));

    public Measurement<long> Measure(long value) => new(value, _directory, _target);

    private static void Guarded(Action tell)
    {
        try
        {
            tell();
        }
        catch (Exception)
        {
            // A listener's callback runs here: its failure is not ours.
        }
    }
}
