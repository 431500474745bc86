using DurableSink.Segments;

namespace DurableSink.Commit;

/// <summary>Somebody who waits until all events up to a sequence number are durable.</summary>
internal abstract class Waiter
{
    public long Sequence { get; protected set; }

    /// <summary>It was cancelled: nobody waits any more.</summary>
    public virtual bool IsOver => false;

    /// <summary>The events are durable, or <paramref name="error"/> says why they are in doubt. Called outside the commit lock.</summary>
    public abstract void Complete(Exception? error);
}

/// <summary>A thread that waits: one object a thread, reused. It may be asked to commit for all who wait (leader and followers).</summary>
internal sealed class ThreadWaiter : Waiter
{
    [ThreadStatic]
    private static ThreadWaiter? _mine;

    private bool _isDone;
    private bool _leads;
    private Exception? _error;

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

        return _leads;
    }
}
