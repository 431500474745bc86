using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// Writes commits to the active segment and rolls to the next. Used by one committer at a time. After an exception other than
/// <see cref="NoRoomException"/> the segment is poisoned (D3): nothing is written to it again, and the caller writes what was not
/// flushed to a new segment.
/// </summary>
internal sealed class SegmentWriter(ILogDirectory directory, DriveGate gate, SegmentKeeper keeper)
{
    private readonly List<ActiveSegment> _poisoned = [];
    private ActiveSegment? _current;
    private bool _hasUnflushed;
    private long _failuresBefore; // of the gate, when the oldest unflushed write was issued

    /// <summary>Flushes that succeeded so far.</summary>
    public long Flushes { get; private set; }

    /// <summary>How many segments are being written, or were and are poisoned. May be asked from any thread.</summary>
    public int ActiveSegments => (_current == null ? 0 : 1) + _poisoned.Count;

    /// <summary>The segment that was written to last; null before the first and after it was ended.</summary>
    public SegmentPlan? Plan => _current?.Plan;

    /// <summary>
    /// Writes one block-aligned piece of the segment <paramref name="plan"/>. With <paramref name="durable"/>, it and all written
    /// before is durable on return. The first piece of a segment always is: its name appears only then (rules 4 and 5).
    /// </summary>
    /// <exception cref="NoRoomException">Nothing is suspect; the same piece is to be written again, at the same place, when there is room.</exception>
    public void Write(SegmentPlan plan, long offset, ReadOnlySpan<byte> bytes, bool durable)
    {
        try
        {
            if (_current?.Plan == plan) Continue(_current, offset, bytes, durable);
            else Start(plan, bytes);
        }
        catch (DurableIOException e) when (e.IsNoRoom)
        {
            throw new NoRoomException(e);
        }
    }

    private void Continue(ActiveSegment segment, long offset, ReadOnlySpan<byte> bytes, bool durable)
    {
        gate.Enter(segment.File.Path);
        try
        {
            CheckUnflushed();
            // Rule 2: a durable write hardens only itself, so it may stand for a flush only when nothing else waits for one.
            if (durable && !_hasUnflushed && TryWriteDurable(segment, offset, bytes))
            {
                Flushes++;
            }
            else
            {
                NoteUnflushed();
                segment.File.Write(offset, bytes);
                if (durable) FlushHeld();
            }

            segment.Written = Math.Max(segment.Written, offset + bytes.Length);
            segment.Commits++;
            if (durable) CheckLinked(segment.File);
        }
        catch (DurableIOException e)
        {
            gate.Fail(e);
            throw;
        }
        finally
        {
            gate.Exit();
        }

        keeper.AskForRoom(segment);
    }

    private bool TryWriteDurable(ActiveSegment segment, long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return segment.File.TryWriteDurable(offset, bytes);
        }
        catch (DurableIOException e) when (e.IsNoRoom)
        {
            NoteUnflushed(); // a part of it may stand there: all of it is written again, and flushed
            throw;
        }
    }

    /// <summary>Makes all that was written durable.</summary>
    public void Flush()
    {
        if (!_hasUnflushed) return;
        gate.Run(_current!.File.Path, () =>
        {
            CheckUnflushed();
            FlushHeld();
            CheckLinked(_current.File);
        });
    }

    /// <summary>Ends the active segment, if there is one: what it holds is durable, and it is to be sealed.</summary>
    /// <exception cref="NoRoomException">Too many segments wait for room to be sealed.</exception>
    public void Retire()
    {
        Flush(); // rule 4
        if (_current is not { } ended) return;
        keeper.Retire(ended);
        _current = null;
    }

    /// <summary>Gives the room back that was kept for this. False where there is none.</summary>
    public bool ReleaseReserve() => keeper.ReleaseReserve();

    /// <summary>D3: after a failure nothing unflushed is trusted, and the active segment is not written again. Returns its id.</summary>
    public string? Poison()
    {
        _hasUnflushed = false;
        if (_current is not { } poisoned) return _poisoned is [.., var last] ? last.Plan.Name.Id : null;
        _current = null;
        _poisoned.Add(poisoned);
        return poisoned.Plan.Name.Id;
    }

    /// <summary>Closes the files, of poisoned segments too; those stay for the next opening.</summary>
    public void Close()
    {
        foreach (var segment in _poisoned) segment.File.Dispose();
        _current?.File.Dispose();
    }

    private void Start(SegmentPlan plan, ReadOnlySpan<byte> bytes)
    {
        Retire();
        var spare = keeper.TakeSpare();
        var renamed = false;
        gate.Enter(spare.File.Path);
        try
        {
            if (!spare.File.TryWriteDurable(0, bytes))
            {
                spare.File.Write(0, bytes);
                spare.File.Flush();
            }

            // Rule 5: content, name, directory; acknowledged only after all three.
            directory.Rename(spare.Name, plan.Name.Active);
            renamed = true;
            spare.File.Path = Path.Combine(directory.Path, plan.Name.Active);
            directory.Flush();
            CheckLinked(spare.File);
            Flushes++;
        }
        catch (DurableIOException e)
        {
            gate.Fail(e);
            if (renamed || HasName(plan)) _poisoned.Add(new(spare.File, plan, spare.Room));
            else keeper.Discard(spare);
            throw;
        }
        finally
        {
            gate.Exit();
        }

        _current = new(spare.File, plan, spare.Room) { Written = bytes.Length, Commits = 1 };
        foreach (var poisoned in _poisoned) keeper.RetirePoisoned(poisoned, plan.Header.FirstSequence - 1);
        _poisoned.Clear();
    }

    /// <summary>Whether a rename that failed gave the file its new name all the same: one by link and unlink can fail in between.</summary>
    private bool HasName(SegmentPlan plan)
    {
        try
        {
            return directory.List().Contains(plan.Name.Active);
        }
        catch (DurableIOException)
        {
            return true; // to be set aside if it is there
        }
    }

    /// <summary>Rule 1: a flush of this log that failed anywhere since makes unflushed writes suspect here.</summary>
    private void CheckUnflushed()
    {
        if (!_hasUnflushed || gate.Failures == _failuresBefore) return;
        throw new DurableIOException("flush", _current!.File.Path, -1, 5, "another flush of this log failed since this segment was written to");
    }

    /// <summary>D1: a file without a name is not durable, however well it was flushed.</summary>
    private static void CheckLinked(ILogFile file)
    {
        if (!file.IsLinked) throw new DurableIOException("write", file.Path, -1, 2, "somebody removed the file while it was being written");
    }

    private void NoteUnflushed()
    {
        if (_hasUnflushed) return;
        _hasUnflushed = true;
        _failuresBefore = gate.Failures;
    }

    private void FlushHeld()
    {
        _current!.File.Flush();
        _hasUnflushed = false;
        Flushes++;
    }
}

/// <summary>The drive, or a quota, is full. What was written before is as good as ever.</summary>
internal sealed class NoRoomException(DurableIOException error) : DurableLogException(error.Message, error);
