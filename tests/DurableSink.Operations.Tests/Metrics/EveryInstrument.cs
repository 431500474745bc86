using DurableSink.Diagnostics;
using SegmentShipper;
using SegmentShipper.Diagnostics;

namespace DurableSink.Operations.Tests.Metrics;

/// <summary>A log and a shipper that measure something with each of their instruments: a collector shows none before its first measurement.</summary>
internal sealed class EveryInstrument : IDisposable
{
    public const string Log = "orders";
    public const string Directory = "/var/log/orders";
    public const string Target = "s3://archive";

    private readonly LogMetrics _log = new(Log, Directory, new object());
    private readonly ShipperMetrics _shipper = new(Directory, Target, () => new ShippingStatus
    {
        ShippedSequence = 90,
        UnshippedSegments = 2,
        UnshippedBytes = 2000,
        OldestUnshipped = TimeSpan.FromMinutes(3),
        Shipped = 5,
        SetAside = 1,
        LastFailure = null,
        Dropped = 1,
    });

    public EveryInstrument()
    {
        LogMeter.Add(_log, () => new(Waiters: 3, BufferedBytes: 600, Accepted: 103, Durable: 100, IsDirectIO: true, ActiveSegments: 1, SealedSegments: 7));
        _shipper.Add();
    }

    public void Measure()
    {
        _log.Committed(events: 10, bytes: 2200, flushes: 1, seconds: 0.000_09);
        _log.Committed(events: 10, bytes: 2200, flushes: 1, seconds: 0.002);
        _log.Failed();
        _log.Slow();
        _log.Drop();
        _log.Lose();
        _log.Doubt(1);
        _log.ForgetKey();
        _log.Recovered(new()
        {
            Segments = [new("orders-1.clef.active", RecoveryOutcome.Salvaged, 1, 9, 100, "one line is damaged")],
            LastSequence = 9,
            Missing = [new(4, 4)],
            SparesDeleted = 0,
            Duration = TimeSpan.FromMilliseconds(3),
        });
        _shipper.Shipped(1000, TimeSpan.FromMilliseconds(120));
        _shipper.Failed("Unreachable");
    }

    public void Dispose()
    {
        LogMeter.Remove(_log);
        _shipper.Remove();
    }
}
