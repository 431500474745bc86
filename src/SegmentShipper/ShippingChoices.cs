namespace SegmentShipper;

/// <summary>What a segment becomes on its way to the store.</summary>
public enum Compression
{
    /// <summary>Nothing else: the object is the file, byte by byte.</summary>
    None,

    /// <summary>A gzip file, its key with <c>.gz</c> at the end.</summary>
    Gzip,
}

/// <summary>How an object is known to be whole before the local file may go (D6).</summary>
public enum Verification
{
    /// <summary>The store is asked for the object's length, checksum and metadata; where it does not tell enough, the object is read back.</summary>
    Head,

    /// <summary>The store checked what arrived against the checksum sent with it, and said so by accepting it: for credentials that may only
    /// write. An object that is there already cannot be looked at, so its segment is set aside.</summary>
    PutChecksum,
}

/// <summary>What happens when more waits to be shipped than the disk is to hold.</summary>
public enum UnshippedFullMode
{
    /// <summary>The log takes no more events until there is room again: callers who are told get <see cref="DurableSink.DurableLogFullException"/>.
    /// Only where the log is open in the same process.</summary>
    StopAccepting,

    /// <summary>The oldest segments are removed without having been shipped, with a notice of level Critical for each.</summary>
    DropOldest,
}
