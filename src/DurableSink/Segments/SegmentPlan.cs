namespace DurableSink.Segments;

/// <summary>
/// A segment as events are laid out in it, before and while it is written. Guarded by the commit lock; the keeper completes
/// <see cref="Sealed"/>.
/// </summary>
internal sealed class SegmentPlan
{
    private readonly byte[] _headerBody;

    public SegmentPlan(SegmentHeader header, RollSchedule schedule)
    {
        Header = header;
        Schedule = schedule;
        _headerBody = header.ToBody();
        HeaderLength = _headerBody.Length + LineTrailer.Length(header.FirstSequence - 1, withDurable: true);
    }

    public SegmentHeader Header { get; }

    public SegmentName Name => Header.Name;

    public int HeaderLength { get; }

    /// <summary>When it is to be sealed for its age.</summary>
    public RollSchedule Schedule { get; }

    /// <summary>Where the next line will stand.</summary>
    public long End { get; set; }

    public long LastSequence { get; set; }

    /// <summary>No further line goes into it.</summary>
    public bool IsEnded { get; set; }

    /// <summary>The segment its events were laid out in again after a failure (D3).</summary>
    public SegmentPlan? SupersededBy { get; set; }

    /// <summary>Completes when its sealed name is durable, or fails when it could not be sealed.</summary>
    public TaskCompletionSource Sealed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Writes the header line; its @durable is set when the commit is issued.</summary>
    public void WriteHeader(Span<byte> line)
    {
        _headerBody.CopyTo(line);
        LineTrailer.Write(line[..HeaderLength], _headerBody.Length, Header.FirstSequence - 1, withDurable: true);
    }
}
