using DurableSink.Segments;

namespace DurableSink.Commit;

/// <summary>Somebody who waits until all events up to a sequence number are durable.</summary>
internal abstract class Waiter
{
    public long Sequence { get; protected set; }

    /// <summary>It was cancelled: nobody waits any more.</summary>
    public virtual bool IsOver => false;

    /// <summary>A flush covered the batch that holds the event: told before <see cref="Complete"/>, under the commit lock.</summary>
    public virtual void Covered(Batch batch)
    {
    }

    /// <summary>The events are durable, or <paramref name="error"/> says why they are in doubt. Called outside the commit lock.</summary>
    public abstract void Complete(Exception? error);
}

/// <summary>A thread that waits: one object a thread, reused. It may be asked to commit for all who wait (leader and followers).</summary>
internal sealed class ThreadWaiter : Waiter
{
    private const int Woken = 3; // 64 threads on two processors: as good as 7, and a fifth better than none

    [ThreadStatic]
    private static ThreadWaiter? _mine;

    private bool _isDone;
    private bool _leads;
    private Exception? _error;
    private ThreadWaiter? _next; // whom this thread wakes as it wakes; linked to those it wakes too
    private int _wakes;

    /// <summary>This thread's waiter. A thread waits for one thing at a time, so it is always free.</summary>
    public static ThreadWaiter For(long sequence)
    {
        var waiter = _mine ??= new ThreadWaiter();
        waiter.Sequence = sequence;
        (waiter._isDone, waiter._leads, waiter._error) = (false, false, null);
        return waiter;
    }

    public override void Complete(Exception? error)
    {
        using (Uninterrupted.Lock(this))
        {
            (_isDone, _error) = (true, error);
            Monitor.Pulse(this);
        }
    }

    /// <summary>
    /// Before it is completed: this thread is to wake <paramref name="other"/> too, as it wakes. Waking a thread takes longer than logging an event,
    /// and so several do it. False where it wakes enough of them: one that does not come to run holds up a few, not all.
    /// </summary>
    public bool TryWake(ThreadWaiter other)
    {
        if (_wakes == Woken) return false;
        _wakes++;
        (other._next, _next) = (_next, other);
        return true;
    }

    /// <summary>Hands the commit over to this thread.</summary>
    public void Promote()
    {
        using (Uninterrupted.Lock(this))
        {
            (_isDone, _leads) = (true, true);
            Monitor.Pulse(this);
        }
    }

    /// <summary>Waits. True when this thread has become the committer, else its events are durable or <paramref name="error"/> is set.</summary>
    public bool Wait(out Exception? error)
    {
        using (Uninterrupted.Lock(this)) // the commit may be handed to this thread at any moment: it does not leave the queue
        {
            while (!_isDone) Uninterrupted.Wait(this);
            error = _error;
            _error = null;
        }

        WakeOthers();
        return _leads;
    }

    private void WakeOthers()
    {
        var other = _next;
        (_next, _wakes) = (null, 0);
        while (other != null)
        {
            var next = other._next; // from here on it may be at its next wait
            other._next = null;
            other.Complete(null);
            other = next;
        }
    }
}
