using DurableSink;

namespace SegmentShipper;

/// <summary>
/// How the segments of a log's directory are shipped. The names are a contract: the same in code, in configuration and in every tool.
/// Read once; later changes have no effect.
/// </summary>
public class ShippingOptions
{
    /// <summary>What every object's key begins with: none, or parts joined by <c>/</c>, each of letters, digits and <c>. _ - =</c>.
    /// Changing it makes new objects of segments that were shipped and are still on the disk. Default: none.</summary>
    public string? Prefix { get; set; }

    /// <summary>What a segment becomes on its way. May be changed at any time: what is in the store in the other form stays, and is not
    /// shipped again. Default <see cref="SegmentShipper.Compression.None"/>.</summary>
    public Compression Compression { get; set; } = Compression.None;

    /// <summary>How an object is known to be whole before the local file may go. Default <see cref="Verification.Head"/>.</summary>
    public Verification Verify { get; set; } = Verification.Head;

    /// <summary>Whether each log gets an object at each full hour that lists what was verified since the one before and holds its SHA-256: with them a
    /// segment that is missing or was replaced is noticed from the store alone. Needs to list and read objects. Default false.</summary>
    public bool Digests { get; set; }

    /// <summary>A file with a private ECDSA key over P-256 in PEM, which digests are signed with. Relative: under the content root, without a host
    /// under the current directory. Default: none.</summary>
    public string? DigestKeyFile { get; set; }

    /// <summary>How many segments are on their way at the same time: 1 to 64, default 4.</summary>
    public int Parallel { get; set; } = 4;

    /// <summary>The most that is sent in a second, over all segments on their way: 1 KiB to 1 TiB. Null (in configuration <c>none</c>) for
    /// no limit, the default.</summary>
    public long? BytesPerSecond { get; set; }

    /// <summary>How many bytes of shipped segments stay on the disk; beyond it the oldest go. Null (<c>none</c>): no limit by size. Where
    /// neither this nor <see cref="KeepAge"/> is set, a shipped segment goes at once (the newest always stays). 0 to 1 PiB.</summary>
    public long? KeepBytes { get; set; }

    /// <summary>How long shipped segments stay on the disk, counted from their sealing. Null (<c>none</c>): no limit by age. 0 to 36,525 days.</summary>
    public TimeSpan? KeepAge { get; set; }

    /// <summary>The most that may wait on the disk to be shipped; what happens then says <see cref="WhenUnshippedFull"/>. Null (<c>none</c>),
    /// the default, for no limit: the drive is one. 128 KiB to 1 PiB.</summary>
    public long? MaxUnshippedBytes { get; set; }

    /// <summary>What happens beyond <see cref="MaxUnshippedBytes"/>. Default <see cref="UnshippedFullMode.DropOldest"/>.</summary>
    public UnshippedFullMode WhenUnshippedFull { get; set; } = UnshippedFullMode.DropOldest;

    /// <summary>How often the directory is looked at for sealed segments: 10 ms to 1 h, default 1 s.</summary>
    public TimeSpan ScanInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait before trying again after the store failed; doubled each time, with jitter, up to
    /// <see cref="MaxRetryDelay"/>: 10 ms to 1 h, default 1 s.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before trying again: 10 ms to 1 h, at least <see cref="RetryDelay"/>; default 1 min.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Told of what an operator should know (a segment set aside, the store failing and recovered, …). Called from any thread; an
    /// exception out of it is ignored. Default: nobody; in an application with a host the logging category <c>DurableSink.Shipper</c>, which
    /// no durable log takes.</summary>
    public Action<DurableNotice>? OnNotice { get; set; }

    /// <summary>The source of all time. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal ShippingOptions Clone() => (ShippingOptions)MemberwiseClone();
}
