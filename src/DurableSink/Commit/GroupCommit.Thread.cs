namespace DurableSink.Commit;

/// <summary>The commit thread: windows, tasks, full batches, rolls by age, retries, and the end.</summary>
internal sealed partial class GroupCommit
{
    private static readonly TimeSpan LeastLinger = TimeSpan.FromMilliseconds(1); // the lock's timer has no shorter sleep

    private readonly Thread _thread;
    private bool _lingers; // the thread wakes by itself before a window that is opened now ends

    public void Start() => _thread.UnsafeStart(); // not with the opener's ExecutionContext

    /// <summary>Looks again what is due: for a clock that a test moves.</summary>
    internal void Nudge()
    {
        lock (_lock) WakeThread();
    }

    /// <summary>
    /// Takes no further event, makes the accepted ones durable and ends the segment, within <paramref name="timeout"/>. Returns how
    /// many events were not durable then, and whether nobody writes any more.
    /// </summary>
    public (long Lost, bool HasEnded) Close(TimeSpan timeout)
    {
        var started = _time.GetTimestamp();
        List<Waiter> left;
        lock (_lock)
        {
            _isClosing = true;
            _buffer.EndSegment();
            while (!IsDrained)
            {
                var patience = timeout - _time.GetElapsedTime(started);
                if (patience <= TimeSpan.Zero) break;
                _waitingForRoom++;
                WakeThread();
                Monitor.Wait(_lock, patience);
                _waitingForRoom--;
            }

            _isClosed = true;
            Monitor.PulseAll(_lock);
            left = [.. _waiters];
            _waiters.Clear();
        }

        Tell(left, waiter => Closed(waiter.Sequence));

        // A thread that hangs in the drive is left behind: closing has a bound (D9).
        var ended = _thread.Join(Max(timeout - _time.GetElapsedTime(started), TimeSpan.FromMilliseconds(100)));
        lock (_lock)
        {
            ended &= !_isCommitting;
            if (ended) _buffer.Dispose();
        }

        return (LastAccepted - Durable, ended);
    }

    private bool IsDrained => !_isCommitting && _buffer.IsEmpty && !_buffer.HasIssued && !MustRetire && _waiters.Count == 0;

    private void RunThread()
    {
        while (true)
        {
            bool durable;
            lock (_lock)
            {
                TimeSpan wait;
                for (var hasCommitted = true; !IsDue(out wait); hasCommitted = false)
                {
                    if (_isClosed) return;
                    Sleep(wait, hasCommitted);
                }

                if (_isClosed) return;
                _isCommitting = true;
                durable = _options.Fsync != FsyncPolicy.Os || MustFlush;
            }

            Commit(durable);
            _gathering.Wait(_commitTook);
            HandOver();
        }
    }

    /// <summary>Under the lock. After a commit the thread sleeps one window at most: an event that opens the next one meanwhile need not
    /// wake it, which would cost its caller ten times what logging does. With no event there is no further waking.</summary>
    private void Sleep(TimeSpan wait, bool hasCommitted)
    {
        var window = _options.BatchWindow;
        _lingers = hasCommitted && _options.Fsync != FsyncPolicy.Always && window >= LeastLinger && (wait == Timeout.InfiniteTimeSpan || wait > window);
        Monitor.Wait(_lock, _lingers ? window : wait);
        _lingers = false;
    }

    /// <summary>Under Os: somebody waits for durability, or memory does (rule 6).</summary>
    private bool MustFlush => _waiters.Count > 0 || _waitingForRoom > 0 || _isClosing || _buffer.IsHalfFull;

    /// <summary>Under the lock: whether there is something to commit; if not, how long to wait at most.</summary>
    private bool IsDue(out TimeSpan wait)
    {
        wait = Timeout.InfiniteTimeSpan;
        if (_isCommitting) return false; // the owner wakes us when it hands over
        if (_retryAt != 0 && !IsPast(_retryAt, ref wait)) return false;
        if (_mustLayOut || _noRoomFor != null) return true; // what a failure left is written again, also when nobody waits and nothing else comes
        if (_buffer.HasFull || _waiters.Count > 0 || MustRetire) return true;
        if ((_waitingForRoom > 0 || _isClosing || _retryAt != 0) && (!_buffer.IsEmpty || _buffer.HasIssued)) return true;
        if (_windowEnds != 0 && IsPast(_windowEnds, ref wait)) return true;
        if (_options.Fsync == FsyncPolicy.Os && _buffer.HasIssued && _buffer.IsHalfFull) return true;
        return RollIsDue(ref wait);
    }

    private bool RollIsDue(ref TimeSpan wait)
    {
        if (_buffer.Plan is not { IsEnded: false } plan || plan.LastSequence < plan.Header.FirstSequence) return false;
        var left = plan.Schedule.Left(_time);
        if (left > TimeSpan.Zero)
        {
            wait = Min(wait, left);
            return false;
        }

        _buffer.EndSegment();
        return true;
    }

    private bool IsPast(long timestamp, ref TimeSpan wait)
    {
        var left = _time.GetElapsedTime(_time.GetTimestamp(), timestamp);
        if (left <= TimeSpan.Zero) return true;
        wait = Min(wait, left);
        return false;
    }

    private void WakeThread()
    {
        if (_waitingForRoom > 0) Monitor.PulseAll(_lock);
        else Monitor.Pulse(_lock);
    }

    private DurableLogException Closed(long sequence) => new(
        $"Event {sequence} is in doubt: the log '{_options.LogName}' was closed before it could be made durable" +
        (_lastFailure != null ? $" ({_lastFailure.Message})" : "") + ".", _lastFailure)
    { Sequence = sequence };

    /// <summary>The shorter wait, in whole milliseconds rounded up: the lock's timer has no finer ones.</summary>
    private static TimeSpan Min(TimeSpan wait, TimeSpan left)
    {
        var rounded = TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(left.TotalMilliseconds), int.MaxValue));
        return wait == Timeout.InfiniteTimeSpan || rounded < wait ? rounded : wait;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
