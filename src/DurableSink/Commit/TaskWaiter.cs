using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;

namespace DurableSink.Commit;

/// <summary>A task that waits, pooled. Its continuation runs on the thread pool, never on the committer.</summary>
internal sealed class TaskWaiter : Waiter, IValueTaskSource<long>, IValueTaskSource
{
    private const int Kept = 1024;

    private static readonly ConcurrentQueue<TaskWaiter> Pool = new();

    private ManualResetValueTaskSourceCore<long> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _token;
    private int _state; // 0 waits, 1 completed by the committer, 2 cancelled

    public static TaskWaiter For(long sequence)
    {
        if (!Pool.TryDequeue(out var waiter)) waiter = new TaskWaiter();
        waiter.Sequence = sequence;
        return waiter;
    }

    public ValueTask<long> Task => new(this, _core.Version);

    public ValueTask TaskWithoutResult => new(this, _core.Version);

    /// <summary>From here on, cancellation ends the wait; the event stays accepted. Called once, after the waiter was queued.</summary>
    public void CancelOn(CancellationToken token)
    {
        if (!token.CanBeCanceled) return;
        _token = token;
        _cancellation = token.UnsafeRegister(static waiter => ((TaskWaiter)waiter!).Cancel(), this);
    }

    public override bool IsOver => Volatile.Read(ref _state) == 2;

    public override void Complete(Exception? error)
    {
        if (Interlocked.CompareExchange(ref _state, 1, 0) != 0) return;
        if (error == null) _core.SetResult(Sequence);
        else _core.SetException(error);
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
            if (completed && Pool.Count < Kept)
            {
                _core.Reset();
                (_cancellation, _token, _state) = (default, default, 0);
                Pool.Enqueue(this);
            }
        }
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel()
    {
        if (Interlocked.CompareExchange(ref _state, 2, 0) == 0)
            _core.SetException(new DurableOutcomeUnknownException(Sequence, _token));
    }
}
