using System.Security.Cryptography;

namespace DurableSink.Segments;

/// <summary>What a scan of one segment file found.</summary>
internal sealed class SegmentScan : IDisposable
{
    public SegmentHeader? Header { get; set; }

    /// <summary>The seal, where the segment ends with a whole one.</summary>
    public SegmentSeal? Seal { get; set; }

    /// <summary>Where the seal line ends; what follows is to be cut (rule 9).</summary>
    public long SealEnd { get; set; }

    public long Count { get; set; }

    /// <summary>Where the first event's line begins.</summary>
    public long FirstEventOffset { get; set; }

    /// <summary>The last sequence number of the whole, ordered lines; one less than the first where there are none.</summary>
    public long LastSequence { get; set; }

    public long MinTicks { get; set; } = long.MaxValue;

    public long MaxTicks { get; set; } = -1;

    /// <summary>The end of the last line that is whole and in order, the header included; 0 where not even the header is.</summary>
    public long ValidEnd { get; set; }

    /// <summary>The end of the last byte that is no filler.</summary>
    public long ContentEnd { get; set; }

    public long FileLength { get; set; }

    /// <summary>Greatest <c>@durable</c> of any whole line, also of those beyond a hole.</summary>
    public long MaxDurable { get; set; }

    /// <summary>Greatest sequence number of any whole line, also of those beyond a hole.</summary>
    public long MaxSequence { get; set; }

    /// <summary>Greatest number that a line which is not whole may have had, as far as can be told; 0 where all are whole.</summary>
    public long MaxDamaged { get; set; }

    /// <summary>Whether the lines end because a later segment holds those that follow (rule 3).</summary>
    public bool IsSuperseded { get; set; }

    /// <summary>What is wrong after <see cref="ValidEnd"/>; null where nothing but filler, a seal or superseded lines follow.</summary>
    public Hole? Hole { get; set; }

    /// <summary>Whole event lines beyond the hole, as runs of consecutive sequence numbers.</summary>
    public List<LineRun> Beyond { get; } = [];

    /// <summary>The events with an idempotency key.</summary>
    public KeyedOffsets Keyed { get; } = new();

    /// <summary>SHA-256 over the bytes from the start to <see cref="ValidEnd"/>.</summary>
    public IncrementalHash Sha256 { get; } = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Dispose() => Sha256.Dispose();
}

/// <summary>A break in the order of whole lines.</summary>
/// <param name="Offset">Where the first byte that should have been the next line stands.</param>
/// <param name="LooksTorn">Whether the sectors around it hold what they held before an unfinished commit (rule 9).</param>
/// <param name="What">In words.</param>
internal sealed record Hole(long Offset, bool LooksTorn, string What);

/// <summary>Whole lines that stand one after the other, without a gap in their numbers.</summary>
internal sealed record LineRun(long Offset, long Length, SequenceRange Sequences);
