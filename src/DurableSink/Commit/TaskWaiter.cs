using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using DurableSink.Segments;

namespace DurableSink.Commit;

/// <summary>A task that waits, pooled. Its continuation runs on the thread pool, never on the committer.</summary>
internal sealed class TaskWaiter : Waiter, IValueTaskSource<long>, IValueTaskSource<EventPlace>, IValueTaskSource
{
    private const int Kept = 1024;

    private static readonly ConcurrentQueue<TaskWaiter> Pool = new();
    private static int _pooled;

    [ThreadStatic]
    private static TaskWaiter? _mine; // whose wait is over often waits again at once, on the same thread

    private ManualResetValueTaskSourceCore<long> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _token;
    private bool _wantsPlace;
    private string? _segmentId;
    private ulong? _hash;
    private int _state; // 0 waits, 1 completed by the committer, 2 cancelled

    public static TaskWaiter For(long sequence)
    {
        var waiter = _mine;
        if (waiter != null) _mine = null;
        else if (Pool.TryDequeue(out waiter)) Interlocked.Decrement(ref _pooled);
        else waiter = new TaskWaiter();
        waiter.Sequence = sequence;
        return waiter;
    }

    public ValueTask<long> Task => new(this, _core.Version);

    /// <summary>Completes with where the event stands. Only after <see cref="AskForPlace"/>.</summary>
    public ValueTask<EventPlace> TaskOfPlace => new(this, _core.Version);

    public ValueTask TaskWithoutResult => new(this, _core.Version);

    /// <summary>From here on, cancellation ends the wait; the event stays accepted. Called once, after the waiter was queued.</summary>
    public void CancelOn(CancellationToken token)
    {
        if (!token.CanBeCanceled) return;
        _token = token;
        _cancellation = token.UnsafeRegister(static waiter => ((TaskWaiter)waiter!).Cancel(), this);
    }

    public override bool IsOver => Volatile.Read(ref _state) == 2;

    /// <summary>The waiter is to know its event's place too. Called under the commit lock, with the hash as far as it is known.</summary>
    public void AskForPlace(ulong? hash) => (_wantsPlace, _hash) = (true, hash);

    /// <summary>Only now is it known for good: until then a batch may be laid out again in another segment (D3), and the line that
    /// carries @durable may change with each issue.</summary>
    public override void Covered(Batch batch)
    {
        if (!_wantsPlace) return;
        _segmentId = batch.Segment.Header.SegmentId;
        _hash ??= batch.HashOf(Sequence);
    }

    public override void Complete(Exception? error)
    {
        if (Interlocked.CompareExchange(ref _state, 1, 0) != 0) return;
        if (error == null) _core.SetResult(Sequence);
        else _core.SetException(error);
    }

    /// <summary>The event is durable. The continuation runs now, on this thread, which is one of the pool's.</summary>
    public void CompleteHere()
    {
        if (Interlocked.CompareExchange(ref _state, 1, 0) != 0) return;
        _core.RunContinuationsAsynchronously = false;
        _core.SetResult(Sequence);
    }

    EventPlace IValueTaskSource<EventPlace>.GetResult(short token)
    {
        var (segmentId, hash) = (_segmentId, _hash); // before the waiter is another one's
        return new(GetResult(token), segmentId!, hash.GetValueOrDefault());
    }

    public long GetResult(short token)
    {
        var completed = Volatile.Read(ref _state) == 1;
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _cancellation.Dispose(); // waits for a Cancel that is running
            // A cancelled one is still queued with the committer: it is not used again.
            if (completed) Keep();
        }
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Keep()
    {
        if (_mine != null && Interlocked.Increment(ref _pooled) > Kept)
        {
            Interlocked.Decrement(ref _pooled);
            return;
        }

        _core.Reset();
        _core.RunContinuationsAsynchronously = true;
        (_cancellation, _token, _state) = (default, default, 0);
        (_wantsPlace, _segmentId, _hash) = (false, null, null);
        if (_mine == null) _mine = this;
        else Pool.Enqueue(this);
    }

    private void Cancel()
    {
        if (Interlocked.CompareExchange(ref _state, 2, 0) == 0)
            _core.SetException(new DurableOutcomeUnknownException(Sequence, _token));
    }
}
