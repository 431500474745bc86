using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Commit;

/// <summary>
/// Lays accepted events out as lines of segments, in memory, and keeps them until a flush covers them (rule 6). Guarded by the
/// commit lock.
/// </summary>
internal sealed class CommitBuffer : IDisposable
{
    private const int Block = AlignedMemory.Alignment;
    private const int HeaderReserve = 8 << 10; // a header is at most this long: host and log names are short, missing ranges few

    private readonly DurableLogOptions _options;
    private readonly string _logId;
    private readonly BufferRing _ring;
    private readonly KeptBuffers _buffers;
    private readonly KeptBuffer? _kept; // the ring's memory, where it outlives the process
    private readonly int _batchBytes;
    private readonly Queue<Batch> _issued = new(); // written or being written, not covered by a flush
    private readonly Queue<Batch> _ready = new(); // full
    private readonly Stack<Batch> _spareBatches = new();
    private readonly byte[] _tail = new byte[Block]; // the last, partly filled block as it was laid out last
    private int _tailLength;
    private Batch? _open;
    private SegmentPlan? _plan;
    private string? _previousId;
    private IReadOnlyList<SequenceRange> _missing;
    private long _held; // bytes of lines not covered by a flush

    public CommitBuffer(DurableLogOptions options, string logId, RecoveryResult recovered, KeptBuffers buffers, (long Sequence, ulong Hash) lastEvent)
    {
        _options = options;
        _logId = logId;
        _previousId = recovered.PreviousSegmentId;
        _missing = recovered.UndeclaredMissing;
        LastSequence = Durable = recovered.NextSequence - 1;
        _batchBytes = Math.Max(Math.Min(1 << 20, options.BufferBytes / 4), options.MaxEventBytes + HeaderReserve + Block);
        _buffers = buffers;
        _kept = buffers.TryCreate(BufferRing.Capacity(_batchBytes, options.BufferBytes), lastEvent);
        _ring = new BufferRing(_batchBytes, options.BufferBytes, _kept);
    }

    /// <summary>The last sequence number given out.</summary>
    public long LastSequence { get; private set; }

    /// <summary>All events up to this number were covered by a flush.</summary>
    public long Durable { get; private set; }

    /// <summary>The segment that the next event goes into, if one was begun.</summary>
    public SegmentPlan? Plan => _plan;

    public bool IsEmpty => _open == null && _ready.Count == 0;

    public bool HasFull => _ready.Count > 0;

    /// <summary>Bytes of lines that no flush has covered.</summary>
    public long Held => _held;

    /// <summary>Rule 6: what no flush has covered takes half of the room. A small batch takes a whole block of it.</summary>
    public bool IsHalfFull => _held >= _options.BufferBytes / 2 || _ring.IsHalfFull;

    public bool HasIssued => _issued.Count > 0;

    /// <summary>The hash of the line that was added last; null where it carries @durable and is known only when that is written.</summary>
    public ulong? LastHash { get; private set; }

    /// <summary>Gives the event the next sequence number and lays it out. False, with nothing changed, where the buffer is full.</summary>
    public bool TryAdd(ReadOnlySpan<byte> body)
    {
        var length = body.Length + LineTrailer.MaxLength;
        if (_held + length > _options.BufferBytes) return false;
        if (_plan is { IsEnded: false } plan && plan.LastSequence >= plan.Header.FirstSequence &&
            plan.End + length + 2 * Block > _options.SegmentBytes) plan.IsEnded = true;
        if (_plan is not { IsEnded: false }) _plan = NewPlan(LastSequence + 1, _plan?.Name.Id ?? _previousId, null);
        if (_open != null && (_open.Segment != _plan || _open.Length + length > _batchBytes)) CloseOpen();
        if (_open == null && !TryOpen(_plan)) return false;
        var before = _open!.Length;
        LastHash = _open.Add(body);
        _held += _open.Length - before;
        LastSequence++;
        if (LastHash == null) _kept?.NoteUnfinished(LastSequence, body);
        return true;
    }

    /// <summary>The next batch to write, oldest first; null where there is none. It stays held until <see cref="Covered"/>.</summary>
    public Batch? Take()
    {
        if (_ready.Count == 0 && _open != null) CloseOpen();
        if (!_ready.TryDequeue(out var batch)) return null;
        _issued.Enqueue(batch);
        return batch;
    }

    /// <summary>The oldest issued batch, once a flush covered it.</summary>
    public Batch? OldestIssued => _issued.TryPeek(out var batch) ? batch : null;

    /// <summary>A flush covered the oldest issued batch: its memory is free again.</summary>
    public void Covered()
    {
        var batch = _issued.Dequeue();
        _held -= batch.Length - batch.Prefix;
        Durable = Math.Max(Durable, batch.LastSequence);
        _kept?.Release(batch.LastSequence, batch.LastBodyHash()); // before its memory is another's
        if (batch.StartsSegment)
        {
            _previousId = batch.Segment.Name.Id;
            _missing = []; // declared, durably
        }

        Recycle(batch);
        _ring.FreeUpTo(OldestPosition());
    }

    /// <summary>No further event goes into the present segment. False where it holds none: it is not ended then.</summary>
    public bool EndSegment()
    {
        if (_plan is not { IsEnded: false } plan || plan.LastSequence < plan.Header.FirstSequence) return false;
        plan.IsEnded = true;
        return true;
    }

    /// <summary>
    /// D3, rules 1 and 3: all lines that no flush covers, after those of the failed tail block, laid out again as the beginning of a
    /// new segment. Their bytes, numbers and hashes stay; whatever comes later follows them.
    /// </summary>
    public void LayOutAgain(TailLines tail, string? poisonedId)
    {
        if (_open != null) CloseOpen();
        var suspects = _issued.Concat(_ready).ToList();
        if (tail.Length == 0 && suspects.Count == 0) return;
        var length = tail.Length + suspects.Sum(b => b.Length - b.Prefix);
        var first = tail.Length > 0 ? tail.FirstSequence : suspects[0].FirstSequence;
        var plan = NewPlan(first, poisonedId ?? _previousId, poisonedId);
        var kept = _kept is { } ring ? _buffers.TryCreate(RoundUp(plan.HeaderLength + length), ring.Released) : null;
        var batch = new Batch();
        batch.Open(plan, kept?.Memory ?? AlignedMemory.Allocate(plan.HeaderLength + length), kept == null ? 0 : KeptBuffer.Start, -1, 0, default, first, kept);
        if (tail.Length > 0) batch.AddWritten(tail.Bytes, tail.LastSequence);
        foreach (var suspect in suspects)
        {
            batch.AddWritten(suspect.NewLines, suspect.LastSequence);
            suspect.Segment.SupersededBy = plan;
            suspect.Segment.Sealed.TrySetResult();
        }

        _held += tail.Length;
        tail.Clear();
        _issued.Clear();
        _ready.Clear();
        foreach (var suspect in suspects) Recycle(suspect);
        _ring.FreeUpTo(null);
        _ready.Enqueue(batch);
        plan.IsEnded = _plan is { IsEnded: true }; // it stands for the one that was to be sealed
        _plan = plan;
        End(batch);
    }

    public void Dispose()
    {
        var isDone = LastSequence == Durable; // else the next opening finds what was accepted
        foreach (var batch in _issued.Concat(_ready)) batch.Release(keep: !isDone);
        _ring.Dispose();
        if (isDone) _kept?.Delete();
        else _kept?.Dispose();
    }

    private SegmentPlan NewPlan(long firstSequence, string? previousId, string? poisonedId)
    {
        var now = _options.TimeProvider.GetUtcNow();
        var header = new SegmentHeader
        {
            LogId = _logId,
            LogName = _options.LogName!,
            SegmentId = SegmentName.NewId(),
            FirstSequence = firstSequence,
            PreviousSegmentId = previousId,
            Time = now,
            OriginSegmentId = poisonedId,
            OriginReason = poisonedId == null ? null : "rewrite",
            Missing = _missing,
        };
        return new SegmentPlan(header, RollSchedule.From(_options.TimeProvider, now, _options.SegmentAge));
    }

    private bool TryOpen(SegmentPlan plan)
    {
        if (!_ring.TryOpen(out var position)) return false;
        var starts = plan.End == 0;
        var pads = _options.TailBlock == TailBlockMode.Pad;
        var offset = starts ? 0 : pads ? (plan.End + Block - 1) / Block * Block : plan.End / Block * Block;
        var batch = _spareBatches.TryPop(out var spare) ? spare : new Batch();
        ReadOnlySpan<byte> tail = starts || pads ? default : _tail.AsSpan(0, _tailLength);
        batch.Open(plan, _ring.Memory, _ring.Offset(position), position, offset, tail, LastSequence + 1);
        _open = batch;
        return true;
    }

    private void CloseOpen()
    {
        var batch = _open!;
        _open = null;
        _ring.Close(batch.RingPosition, batch.Length);
        End(batch);
        _ready.Enqueue(batch);
    }

    private void End(Batch batch)
    {
        batch.Close(Durable);
        _tailLength = (int)((batch.FileOffset + batch.Length) % Block);
        batch.Bytes[^_tailLength..].CopyTo(_tail);
    }

    private long? OldestPosition()
    {
        if (_issued.TryPeek(out var batch) && batch.RingPosition >= 0) return batch.RingPosition;
        foreach (var ready in _ready)
        {
            if (ready.RingPosition >= 0) return ready.RingPosition;
        }

        return _open?.RingPosition;
    }

    private static int RoundUp(int bytes) => (bytes + Block - 1) / Block * Block;

    private void Recycle(Batch batch)
    {
        batch.Release();
        if (batch.RingPosition >= 0) _spareBatches.Push(batch);
    }
}
