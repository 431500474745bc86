using DurableSink.Segments;
using Microsoft.Extensions.Logging;

namespace DurableSink.Commit;

/// <summary>One commit, by its owner; and what happens when it fails (D3, failure ladder).</summary>
internal sealed partial class GroupCommit
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(1);

    private readonly TailLines _tail = new();
    private readonly List<Waiter> _completed = [];
    private int _failures; // commits in a row
    private long _retryAt; // timestamp; 0 while commits succeed
    private Exception? _lastFailure;
    private bool _mustLayOut; // what is unflushed goes to a new segment
    private string? _poisonedId;
    private Batch? _noRoomFor; // is to be written again, at the same place

    private bool IsBackingOff => Volatile.Read(ref _retryAt) != 0;

    /// <summary>Whether commits fail, as was told, and the next one is not due yet: who hears nothing of a failure should not stand
    /// still for it (D9). Counts a wait that ended without durability.</summary>
    public bool IsKnownToFail()
    {
        var fails = IsBackingOff;
        if (fails) _metrics.Doubt(1);
        return fails;
    }

    /// <summary>The segment was ended, and all its events are written.</summary>
    private bool MustRetire => _buffer.IsEmpty && _writer.Plan is { IsEnded: true };

    /// <summary>
    /// Writes the oldest batch, if there is one, and with <paramref name="durable"/> flushes. A first failure is answered with the next
    /// commit, at once: by writing everything unflushed to a new segment, or, where the drive is full, the same again with the reserve's
    /// room. A further one is told to all who wait, and returned.
    /// </summary>
    private Exception? Commit(bool durable)
    {
        var started = _time.GetTimestamp();
        var flushes = _writer.Flushes;
        Batch? batch = null;
        try
        {
            batch = Take();
            if (batch is { StartsSegment: true }) EndPrevious(batch);
            if (batch != null) _writer.Write(batch.Segment, batch.FileOffset, batch.Issue(Durable), durable);
            if (durable) _writer.Flush();
            var (events, bytes) = durable || batch is { StartsSegment: true } ? Covered(null) : default;
            Succeeded();
            _commitTook = _time.GetElapsedTime(started);
            _metrics.Committed(events, bytes, _writer.Flushes - flushes, _commitTook.TotalSeconds);
            if (IsToRetire()) EndPrevious(null);
            return null;
        }
        catch (NoRoomException e)
        {
            return Failed(e.InnerException!, batch, isFull: true);
        }
        catch (Exception e) // of any kind: the owner must hand over in the end
        {
            return Failed(e, null, isFull: false);
        }
    }

    private Batch? Take()
    {
        using (Uninterrupted.Lock(_lock))
        {
            if (_mustLayOut)
            {
                _buffer.LayOutAgain(_tail, _poisonedId);
                _mustLayOut = false;
                _noRoomFor = null;
            }

            var batch = _noRoomFor ?? _buffer.Take();
            _noRoomFor = null;
            if (_buffer.IsEmpty) _windowEnds = 0;
            return batch;
        }
    }

    private bool IsToRetire()
    {
        using (Uninterrupted.Lock(_lock)) return MustRetire;
    }

    /// <summary>Rule 4: the segment before is flushed to its last event before the next one's header is written.</summary>
    private void EndPrevious(Batch? next)
    {
        _writer.Retire();
        Covered(next);
        _tail.Clear(); // its last block is never written again
    }

    /// <summary>A flush covered what was issued before <paramref name="next"/>: acknowledge (D1).</summary>
    private (long Events, long Bytes) Covered(Batch? next)
    {
        var (events, bytes) = (0L, 0L);
        using (Uninterrupted.Lock(_lock))
        {
            while (_buffer.OldestIssued is { } batch && batch != next)
            {
                events += batch.Count;
                bytes += batch.Length - batch.Prefix;
                if (_options.TailBlock == TailBlockMode.Rewrite) _tail.Covered(batch);
                while (_waiters.TryPeek(out var waiter) && waiter.Sequence <= batch.LastSequence)
                {
                    waiter.Covered(batch); // while its bytes are there
                    _completed.Add(_waiters.Dequeue());
                }

                _buffer.Covered();
                Volatile.Write(ref _durable, _buffer.Durable);
            }

            _gathering.Told(_completed.Count);
            if (events > 0) _fullSince = 0;
            if (_waitingForRoom > 0) Monitor.PulseAll(_lock);
        }

        Complete(null);
        return (events, bytes);
    }

    private void Succeeded()
    {
        if (_lastFailure == null) return;
        if (_failures == 0) // it was the watch that told of one
        {
            Volatile.Write(ref _lastFailure, null);
            return;
        }

        _notify(new(LogLevel.Warning, "CommitRecovered", $"Log '{_options.LogName}' commits again; all accepted events up to {Durable} are durable."));
        using (Uninterrupted.Lock(_lock)) (_failures, _retryAt, _lastFailure) = (0, 0, null);
    }

    /// <summary>D3: nothing is flushed again. What no flush covered goes to a new segment, from memory; where only room is missing
    /// (<paramref name="isFull"/>), nothing is suspect, and the batch stays what is to be written.</summary>
    private Exception? Failed(Exception error, Batch? noRoomFor, bool isFull)
    {
        _metrics.Failed();
        var poisoned = isFull ? null : _writer.Poison();
        using (Uninterrupted.Lock(_lock))
        {
            if (isFull)
            {
                _noRoomFor = noRoomFor;
            }
            else
            {
                _mustLayOut = true;
                _poisonedId = poisoned;
            }

            _lastFailure = error;
            _failures++;
            if (_failures > 1)
            {
                var backOff = FirstBackOff * Math.Pow(2, Math.Min(_failures - 2, 10));
                _retryAt = Later(backOff < LongestBackOff ? backOff : LongestBackOff);
                while (_waiters.TryDequeue(out var waiter)) _completed.Add(waiter);
                EndWindow(); // nobody waits any more, but their events are still to be written
            }
        }

        if (_failures == 1 && isFull)
        {
            UseReserve(error);
            return null;
        }

        if (_failures == 1)
        {
            _notify(new(LogLevel.Error, "SegmentPoisoned",
                $"A commit of log '{_options.LogName}' failed; what was not flushed is written to a new segment. {error.Message}", error));
            return null;
        }

        if (_failures == 2)
        {
            _notify(new(LogLevel.Critical, "CommitsFail",
                $"Log '{_options.LogName}' cannot make events durable; it keeps them in memory and tries again every {LongestBackOff.TotalSeconds:0} s. {error.Message}", error));
        }

        Complete(error);
        return error;
    }

    private void UseReserve(Exception error)
    {
        var released = false;
        try
        {
            released = _writer.ReleaseReserve();
        }
        catch (DurableLogException)
        {
            // Then the next commit fails, and tells.
        }

        _notify(new(LogLevel.Critical, "DriveFull",
            $"The drive of log '{_options.LogName}' is full{(released ? $"; the reserve of {DriveReserve.Bytes >> 20} MiB is used for the last events" : "")}. " +
            $"Make room: the log goes on by itself. {error.Message}", error));
    }

    /// <summary>For the watch: the drive does not answer, and whoever waits is told. Their events stay accepted.</summary>
    public void GiveUpWaiting(Exception error)
    {
        List<Waiter> waiters;
        using (Uninterrupted.Lock(_lock))
        {
            _lastFailure = error;
            waiters = [.. _waiters];
            _waiters.Clear();
            EndWindow();
        }

        Tell(waiters, waiter => InDoubt(waiter.Sequence, error));
    }

    private void Complete(Exception? error)
    {
        if (error != null) Tell(_completed, waiter => InDoubt(waiter.Sequence, error));
        else CompleteAll();
        _completed.Clear();
    }

    private void CompleteAll()
    {
        TaskGroup? tasks = null;
        ThreadWaiter? head = null;
        foreach (var waiter in _completed)
        {
            if (waiter is TaskWaiter task)
            {
                (tasks ??= TaskGroup.Rent()).Add(task);
            }
            else if (waiter is ThreadWaiter thread && head?.TryWake(thread) != true)
            {
                head?.Complete(null);
                head = thread;
            }
        }

        head?.Complete(null);
        tasks?.Complete();
    }

    /// <summary>Ends waits without durability, and counts them (D9).</summary>
    private void Tell(List<Waiter> waiters, Func<Waiter, Exception> why)
    {
        _metrics.Doubt(waiters.Count(waiter => !waiter.IsOver));
        foreach (var waiter in waiters) waiter.Complete(why(waiter));
    }

    private static DurableLogException InDoubt(long sequence, Exception error) => new(
        $"Event {sequence} could not be made durable: {error.Message}. It is in doubt: the log keeps it and tries again while the process lives.", error)
    { Sequence = sequence };

    private long Later(TimeSpan span) => Math.Max(1, _time.GetTimestamp() + (long)(span.TotalSeconds * _time.TimestampFrequency));
}
