using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>
/// Writes commits to the active segment and rolls to the next. Used by one committer at a time. After an exception the segment is
/// poisoned (D3): nothing is written to it again, and the caller writes what was not flushed to a new segment.
/// </summary>
internal sealed class SegmentWriter(ILogDirectory directory, DriveGate gate, SegmentKeeper keeper)
{
    private readonly List<ActiveSegment> _poisoned = [];
    private ActiveSegment? _current;
    private bool _hasUnflushed;
    private long _failuresBefore; // of the gate, when the oldest unflushed write was issued

    /// <summary>Flushes that succeeded so far.</summary>
    public long Flushes { get; private set; }

    /// <summary>The segment that was written to last; null before the first and after it was ended.</summary>
    public SegmentPlan? Plan => _current?.Plan;

    /// <summary>
    /// Writes one block-aligned piece of the segment <paramref name="plan"/>. With <paramref name="durable"/>, it and all written
    /// before is durable on return. The first piece of a segment always is: its name appears only then (rules 4 and 5).
    /// </summary>
    public void Write(SegmentPlan plan, long offset, ReadOnlySpan<byte> bytes, bool durable)
    {
        if (_current?.Plan != plan)
        {
            Start(plan, bytes);
            return;
        }

        gate.Enter();
        try
        {
            CheckUnflushed();
            // Rule 2: a durable write hardens only itself, so it may stand for a flush only when nothing else waits for one.
            if (durable && !_hasUnflushed && _current.File.TryWriteDurable(offset, bytes))
            {
                Flushes++;
            }
            else
            {
                NoteUnflushed();
                _current.File.Write(offset, bytes);
                if (durable) FlushHeld();
            }

            _current.Written = Math.Max(_current.Written, offset + bytes.Length);
        }
        catch (DurableIOException)
        {
            gate.Fail();
            throw;
        }
        finally
        {
            gate.Exit();
        }

        keeper.AskForRoom(_current);
    }

    /// <summary>Makes all that was written durable.</summary>
    public void Flush()
    {
        if (!_hasUnflushed) return;
        gate.Run(() =>
        {
            CheckUnflushed();
            FlushHeld();
        });
    }

    /// <summary>Ends the active segment, if there is one: what it holds is durable, and it is to be sealed.</summary>
    public void Retire()
    {
        Flush(); // rule 4
        if (_current is not { } ended) return;
        _current = null;
        keeper.Retire(ended);
    }

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
        gate.Enter();
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
            Flushes++;
        }
        catch (DurableIOException)
        {
            gate.Fail();
            if (renamed || HasName(plan)) _poisoned.Add(new(spare.File, plan, spare.Room));
            else keeper.Discard(spare.File, spare.Name);
            throw;
        }
        finally
        {
            gate.Exit();
        }

        _current = new(spare.File, plan, spare.Room) { Written = bytes.Length };
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
