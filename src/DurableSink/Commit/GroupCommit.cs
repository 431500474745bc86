using DurableSink.Diagnostics;
using DurableSink.Segments;

namespace DurableSink.Commit;

/// <summary>
/// Takes events and makes them durable in groups (DESIGN §4). One committer at a time owns the drive: a synchronous caller that must
/// wait and finds none commits itself, for everyone who has arrived; windows and tasks are served by the commit thread. While a commit
/// runs, arrivals gather for the next. Nothing here needs a thread-pool thread to make progress.
/// </summary>
internal sealed partial class GroupCommit
{
    private const int LeastSweep = 1024;

    private readonly object _lock = new(); // short: no I/O under it. Waited on by the commit thread, and by callers that need room.
    private readonly DurableLogOptions _options;
    private readonly TimeProvider _time;
    private readonly CommitBuffer _buffer;
    private readonly SegmentWriter _writer;
    private readonly LogMetrics _metrics;
    private readonly Action<DurableNotice> _notify;
    private readonly Queue<Waiter> _waiters = new(); // by sequence number
    private readonly Gathering _gathering = new(TimeProvider.System, Environment.ProcessorCount);
    private TimeSpan _commitTook; // the last one
    private int _sweepAt = LeastSweep;
    private long _lastAccepted;
    private long _durable;
    private bool _isCommitting; // somebody owns the drive
    private bool _isClosing;
    private bool _isClosed;
    private int _waitingForRoom;
    private long _windowEnds; // timestamp; 0 while no accepted event waits for its window
    private long _fullSince; // timestamp; 0 while the buffer has room, or gets some

    public GroupCommit(DurableLogOptions options, CommitBuffer buffer, SegmentWriter writer, LogMetrics metrics, Action<DurableNotice> notify)
    {
        _options = options;
        _time = options.TimeProvider;
        _buffer = buffer;
        _writer = writer;
        _metrics = metrics;
        _notify = notify;
        _durable = buffer.LastSequence;
        _lastAccepted = buffer.LastSequence;
        _thread = new Thread(RunThread) { IsBackground = true, Name = $"DurableSink commit {options.LogName}" };
    }

    /// <summary>All events up to this number are durable (D1).</summary>
    public long Durable => Volatile.Read(ref _durable);

    /// <summary>How many wait for durability, and the bytes of lines that no flush has covered.</summary>
    public (int Waiters, long Bytes) Load
    {
        get
        {
            lock (_lock) return (_waiters.Count, _buffer.Held);
        }
    }

    /// <summary>Nobody accepts or releases an event meanwhile: for a test that looks at the memory as a crash leaves it.</summary>
    internal T Frozen<T>(Func<T> look)
    {
        lock (_lock) return look();
    }

    /// <summary>Why the last commit failed, or the drive does not answer; null while commits succeed.</summary>
    public Exception? LastFailure => Volatile.Read(ref _lastFailure);

    /// <summary>The last number given to an event.</summary>
    public long LastAccepted => Volatile.Read(ref _lastAccepted);

    /// <summary>Accepts an event, and returns its number: at once, or with <paramref name="wait"/> when it is durable.</summary>
    /// <exception cref="DurableLogException">Not accepted; or, with <paramref name="wait"/>, in doubt.</exception>
    public long Append(ReadOnlySpan<byte> body, bool wait)
    {
        long sequence;
        ThreadWaiter? waiter = null;
        lock (_lock)
        {
            sequence = Accept(body);
            if (!wait) ArmWindow();
            else waiter = LeadOrQueue(sequence);
        }

        if (wait) AwaitDurable(sequence, waiter);
        return sequence;
    }

    /// <summary>Accepts an event; the task completes when it is durable.</summary>
    public ValueTask<long> AppendAsync(ReadOnlySpan<byte> body, CancellationToken cancellationToken)
    {
        TaskWaiter waiter;
        lock (_lock) waiter = Queue(Accept(body));
        waiter.CancelOn(cancellationToken);
        return waiter.Task;
    }

    /// <summary>Accepts an event, and says its number; the task completes when it is durable, with where it stands.</summary>
    public ValueTask<EventPlace> AppendForPlaceAsync(ReadOnlySpan<byte> body, CancellationToken cancellationToken, out long sequence)
    {
        TaskWaiter waiter;
        lock (_lock)
        {
            sequence = Accept(body);
            waiter = Queue(sequence);
            waiter.AskForPlace(_buffer.LastHash);
        }

        waiter.CancelOn(cancellationToken);
        return waiter.TaskOfPlace;
    }

    /// <summary>Returns when all that was accepted before is durable.</summary>
    public void Flush()
    {
        long sequence;
        ThreadWaiter? waiter;
        lock (_lock)
        {
            sequence = _lastAccepted;
            if (_durable >= sequence) return;
            if (_isClosed) throw Closed(sequence);
            waiter = LeadOrQueue(sequence);
        }

        AwaitDurable(sequence, waiter);
    }

    /// <summary>Completes when all that was accepted before is durable.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        TaskWaiter waiter;
        lock (_lock)
        {
            if (_durable >= _lastAccepted) return default;
            if (_isClosed) return ValueTask.FromException(Closed(_lastAccepted));
            waiter = Queue(_lastAccepted);
        }

        waiter.CancelOn(cancellationToken);
        return waiter.TaskWithoutResult;
    }

    /// <summary>Ends the present segment; it is sealed once its events are durable. Null where there is none with events.</summary>
    public SegmentPlan? EndSegment()
    {
        lock (_lock)
        {
            var plan = _buffer.Plan;
            if (!_buffer.EndSegment()) return plan is { IsEnded: true } ? plan : null;
            if (!_isCommitting) WakeThread();
            return plan;
        }
    }

    /// <summary>Under the lock: gives the event a number and a place. Waits for room at most BlockTimeout.</summary>
    private long Accept(ReadOnlySpan<byte> body)
    {
        if (_isClosing) throw new ObjectDisposedException(nameof(DurableLog), $"The log '{_options.LogName}' is closed.");
        if (!_buffer.TryAdd(body)) AcceptWhenRoom(body);
        Volatile.Write(ref _lastAccepted, _buffer.LastSequence);
        if (_buffer.HasFull && !_isCommitting) WakeThread();
        return _buffer.LastSequence;
    }

    private void AcceptWhenRoom(ReadOnlySpan<byte> body)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            // Where nothing moves, one BlockTimeout is enough for all: an application does not come to a halt with its drive.
            if (_fullSince == 0) _fullSince = Math.Max(1, _time.GetTimestamp());
            var left = _options.WhenFull == FullMode.Drop || Telling.IsBy(_options)
                ? TimeSpan.Zero
                : _options.BlockTimeout - Max(_time.GetElapsedTime(started), _time.GetElapsedTime(_fullSince));
            if (left <= TimeSpan.Zero)
            {
                throw new DurableLogFullException(
                    $"The log '{_options.LogName}' has no room for the event: {_buffer.Held} of {_options.BufferBytes} bytes wait to become durable" +
                    (_lastFailure != null ? $" since a commit failed ({_lastFailure.Message})" : "") +
                    ". Raise BufferBytes or BlockTimeout, log less, or see to the drive.", _lastFailure);
            }

            _waitingForRoom++;
            WakeThread();
            try
            {
                Monitor.Wait(_lock, left);
            }
            finally
            {
                _waitingForRoom--; // also for a thread that is interrupted
            }

            if (_isClosing) throw new ObjectDisposedException(nameof(DurableLog), $"The log '{_options.LogName}' is closed.");
            if (_buffer.TryAdd(body)) return;
        }
    }

    /// <summary>Under the lock: accepted events become durable at the window's end, also when no further one comes.</summary>
    private void ArmWindow()
    {
        if (_windowEnds != 0) return;
        _windowEnds = Later(_options.BatchWindow);
        if (!_isCommitting && !_lingers) WakeThread();
    }

    /// <summary>Under the lock: what was accepted is to be written as soon as the drive is free.</summary>
    private void EndWindow()
    {
        _windowEnds = Later(TimeSpan.Zero);
        if (!_isCommitting) WakeThread();
    }

    /// <summary>Under the lock: null when this thread is to commit, else the waiter to wait on.</summary>
    private ThreadWaiter? LeadOrQueue(long sequence)
    {
        if (Telling.IsBy(_options))
        {
            ArmWindow();
            throw new DurableLogException(
                $"Event {sequence} is accepted and in doubt: it was logged from within a notice or measurement of the log '{_options.LogName}', " +
                "which must not wait for that log.")
            { Sequence = sequence };
        }

        _gathering.Arrived();
        if (!_isCommitting && !IsBackingOff)
        {
            _isCommitting = true;
            return null;
        }

        var waiter = ThreadWaiter.For(sequence);
        _waiters.Enqueue(waiter);
        return waiter;
    }

    private TaskWaiter Queue(long sequence)
    {
        if (_waiters.Count >= _sweepAt) Sweep();
        _gathering.Arrived();
        var waiter = TaskWaiter.For(sequence);
        _waiters.Enqueue(waiter);
        if (!_isCommitting) WakeThread();
        return waiter;
    }

    /// <summary>D9: on a drive that hangs, waits that were cancelled do not pile up.</summary>
    private void Sweep()
    {
        var waiting = _waiters.Where(w => !w.IsOver).ToList();
        _waiters.Clear();
        foreach (var waiter in waiting) _waiters.Enqueue(waiter);
        _sweepAt = Math.Max(LeastSweep, 2 * waiting.Count);
        EndWindow(); // the others' events are still to be written
    }

    private void AwaitDurable(long sequence, ThreadWaiter? waiter)
    {
        Exception? error = null;
        if (waiter == null || waiter.Wait(out error)) error = Lead(sequence);
        Uninterrupted.Restore();
        if (error != null) throw error;
    }

    /// <summary>Commits, as the owner, until <paramref name="sequence"/> is durable; then hands over.</summary>
    private DurableLogException? Lead(long sequence)
    {
        Exception? error = null;
        _gathering.Wait(_commitTook);
        while (error == null && Volatile.Read(ref _durable) < sequence) error = Commit(durable: true);
        if (error == null) _gathering.ToldMyself();
        HandOver();
        if (error == null) return null;
        _metrics.Doubt(1);
        return InDoubt(sequence, error);
    }

    /// <summary>Gives the drive to the next who waits for it.</summary>
    private void HandOver()
    {
        ThreadWaiter? next = null;
        using (Uninterrupted.Lock(_lock))
        {
            if (_waiters.TryPeek(out var head) && head is ThreadWaiter thread && !IsBackingOff)
            {
                _waiters.Dequeue();
                next = thread; // stays the owner
            }
            else
            {
                _isCommitting = false;
                if (_waiters.Count > 0 || !_buffer.IsEmpty || _buffer.HasIssued || MustRetire || _isClosing) WakeThread();
            }
        }

        next?.Promote();
    }
}
