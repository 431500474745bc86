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

    private bool IsBackingOff => Volatile.Read(ref _retryAt) != 0;

    /// <summary>Whether commits fail, as was told, and the next one is not due yet: who hears nothing of a failure should not stand
    /// still for it (D9). Counts a wait that ended without durability.</summary>
    public bool GivesUpWaiting()
    {
        var givesUp = IsBackingOff;
        if (givesUp) _metrics.Doubt(1);
        return givesUp;
    }

    /// <summary>The segment was ended, and all its events are written.</summary>
    private bool MustRetire => _buffer.IsEmpty && _writer.Plan is { IsEnded: true };

    /// <summary>
    /// Writes the oldest batch, if there is one, and with <paramref name="durable"/> flushes. A first failure is answered by writing
    /// everything unflushed to a new segment with the next commit, at once; a further one is told to all who wait, and returned.
    /// </summary>
    private Exception? Commit(bool durable)
    {
        var started = _time.GetTimestamp();
        var flushes = _writer.Flushes;
        try
        {
            var batch = Take();
            if (batch is { StartsSegment: true }) EndPrevious(batch);
            if (batch != null) _writer.Write(batch.Segment, batch.FileOffset, batch.Issue(Durable), durable);
            if (durable) _writer.Flush();
            var (events, bytes) = durable || batch is { StartsSegment: true } ? Covered(null) : default;
            Succeeded();
            _metrics.Committed(events, bytes, _writer.Flushes - flushes, _time.GetElapsedTime(started).TotalSeconds);
            if (IsToRetire()) EndPrevious(null);
            return null;
        }
        catch (Exception e) // of any kind: the owner must hand over in the end
        {
            return Failed(e);
        }
    }

    private Batch? Take()
    {
        lock (_lock)
        {
            if (_mustLayOut)
            {
                _buffer.LayOutAgain(_tail, _poisonedId);
                _mustLayOut = false;
            }

            var batch = _buffer.Take();
            if (_buffer.IsEmpty) _windowEnds = 0;
            return batch;
        }
    }

    private bool IsToRetire()
    {
        lock (_lock) return MustRetire;
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
        lock (_lock)
        {
            while (_buffer.OldestIssued is { } batch && batch != next)
            {
                events += batch.Count;
                bytes += batch.Length - batch.Prefix;
                if (_options.TailBlock == TailBlockMode.Rewrite) _tail.Covered(batch);
                _buffer.Covered();
                Volatile.Write(ref _durable, _buffer.Durable);
            }

            while (_waiters.TryPeek(out var waiter) && waiter.Sequence <= _durable) _completed.Add(_waiters.Dequeue());
            if (_waitingForRoom > 0) Monitor.PulseAll(_lock);
        }

        Complete(null);
        return (events, bytes);
    }

    private void Succeeded()
    {
        if (_failures == 0) return;
        _notify(new(LogLevel.Warning, "CommitRecovered", $"Log '{_options.LogName}' commits again; all accepted events up to {Durable} are durable."));
        lock (_lock) (_failures, _retryAt, _lastFailure) = (0, 0, null);
    }

    /// <summary>D3: nothing is flushed again. What no flush covered goes to a new segment, from memory.</summary>
    private Exception? Failed(Exception error)
    {
        _metrics.Failed();
        var poisoned = _writer.Poison();
        var waits = 0;
        lock (_lock)
        {
            _mustLayOut = true;
            _poisonedId = poisoned;
            _lastFailure = error;
            _failures++;
            if (_failures > 1)
            {
                var backOff = FirstBackOff * Math.Pow(2, Math.Min(_failures - 2, 10));
                _retryAt = Later(backOff < LongestBackOff ? backOff : LongestBackOff);
                while (_waiters.TryDequeue(out var waiter)) _completed.Add(waiter);
                waits = _completed.Count;
            }
        }

        if (_failures == 1)
        {
            _notify(new(LogLevel.Error, "SegmentPoisoned",
                $"A commit of log '{_options.LogName}' failed; what was not flushed is written to a new segment. {error.Message}", error));
            return null;
        }

        _metrics.Doubt(waits);
        if (_failures == 2)
        {
            _notify(new(LogLevel.Critical, "CommitsFail",
                $"Log '{_options.LogName}' cannot make events durable; it keeps them in memory and tries again every {LongestBackOff.TotalSeconds:0} s. {error.Message}", error));
        }

        Complete(error);
        return error;
    }

    private void Complete(Exception? error)
    {
        foreach (var waiter in _completed) waiter.Complete(error == null ? null : InDoubt(waiter.Sequence, error));
        _completed.Clear();
    }

    private static DurableLogException InDoubt(long sequence, Exception error) => new(
        $"Event {sequence} could not be made durable: {error.Message}. It is in doubt: the log keeps it and tries again while the process lives.", error);

    private long Later(TimeSpan span) => Math.Max(1, _time.GetTimestamp() + (long)(span.TotalSeconds * _time.TimestampFrequency));
}
