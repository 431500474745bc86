namespace SegmentShipper;

/// <summary>How shipping stands, at one moment.</summary>
public sealed record ShippingStatus
{
    /// <summary>Sealed segments that are not known to be in the store.</summary>
    public required long UnshippedSegments { get; init; }

    /// <summary>Their bytes on the disk.</summary>
    public required long UnshippedBytes { get; init; }

    /// <summary>How long the oldest of them has been sealed; zero where there is none.</summary>
    public required TimeSpan OldestUnshipped { get; init; }

    /// <summary>All events up to this number are in the store, or were before they were removed; except those in segments that were set
    /// aside or dropped.</summary>
    public required long ShippedSequence { get; init; }

    /// <summary>Segments that this shipper saw verified in the store.</summary>
    public required long Shipped { get; init; }

    /// <summary>Segments that were set aside, by this shipper or one before it, and are still there.</summary>
    public required long SetAside { get; init; }

    /// <summary>Segments that were removed without having been shipped.</summary>
    public required long Dropped { get; init; }

    /// <summary>What failed last; null after a success.</summary>
    public required string? LastFailure { get; init; }
}
