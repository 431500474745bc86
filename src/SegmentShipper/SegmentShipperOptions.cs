namespace SegmentShipper;

/// <summary>
/// Options of <c>AddSegmentShipper</c>: which logs of the application are shipped, how, and where to. One target is to be named: <see cref="S3"/>,
/// <see cref="TargetDirectory"/> or <see cref="Store"/>. Read when the host starts; changing them later has no effect.
/// </summary>
public sealed class SegmentShipperOptions : ShippingOptions
{
    /// <summary>The names of the logs to ship. Default: none named, which means all of the application's that no other shipper names.</summary>
    public IList<string> Logs { get; set; } = [];

    /// <summary>A directory to ship to: a mounted share, or another drive. Relative: under the content root. Default: none.</summary>
    public string? TargetDirectory { get; set; }

    /// <summary>A bucket to ship to, where <see cref="S3ObjectStoreOptions.Bucket"/> is set (in configuration the section <c>S3</c>).</summary>
    public S3ObjectStoreOptions S3 { get; } = new();

    /// <summary>A store of one's own to ship to. The shipper disposes it when the host has stopped. Only in code. Default: none.</summary>
    public Func<IServiceProvider, IObjectStore>? Store { get; set; }

    /// <summary>How long the host's stop waits until what was logged is sealed and shipped: 0 to 10 min, default 10 s. What is left is reported,
    /// and shipped by the next start. The host's own <c>ShutdownTimeout</c> ends the wait too.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The health check is degraded when the oldest segment has waited so long to be shipped: 1 s to 365 days, default 15 min.</summary>
    public TimeSpan DegradedAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The health check is unhealthy when the oldest segment has waited so long to be shipped: 1 s to 365 days, default 2 h.</summary>
    public TimeSpan UnhealthyAge { get; set; } = TimeSpan.FromHours(2);

    /// <summary>What was wrong in the configuration: reported with all else that is, when the host starts.</summary>
    internal List<string> BindingFailures { get; } = [];
}
