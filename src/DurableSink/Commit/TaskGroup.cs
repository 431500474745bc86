namespace DurableSink.Commit;

/// <summary>
/// The tasks whose events one commit made durable, as one item for the thread pool: an item for each would cost more than its event.
/// Whoever begins with them first asks for another thread to take from the same end, so one continuation that blocks holds up no other.
/// </summary>
internal sealed class TaskGroup : IThreadPoolWorkItem
{
    private static TaskGroup? _spare;

    private TaskWaiter[] _tasks = new TaskWaiter[64];
    private int _count;
    private int _next;
    private int _workers; // that are at it, or were asked for

    private TaskGroup() { }

    public static TaskGroup Rent() => Interlocked.Exchange(ref _spare, null) ?? new();

    public void Add(TaskWaiter task)
    {
        if (_count == _tasks.Length) Array.Resize(ref _tasks, 2 * _count);
        _tasks[_count++] = task;
    }

    /// <summary>Lets all of them go on, on the thread pool. The group is not the caller's any more.</summary>
    public void Complete()
    {
        _workers = 1;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (Volatile.Read(ref _next) < _count - 1)
        {
            Interlocked.Increment(ref _workers);
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        for (int n; (n = Interlocked.Increment(ref _next) - 1) < _count;) _tasks[n].CompleteHere();
        if (Interlocked.Decrement(ref _workers) > 0) return;
        Array.Clear(_tasks, 0, _count);
        (_count, _next) = (0, 0);
        Volatile.Write(ref _spare, this);
    }
}
