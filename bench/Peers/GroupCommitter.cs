using DurableSink.Bench.Durable;
using DurableSink.Bench.Events;

namespace DurableSink.Bench.Peers;

/// <summary>The pattern that people write by hand: a thread takes all that waits, makes it durable at once, and lets its callers go on.</summary>
internal abstract class GroupCommitter : IAwaitableWriter
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Thread _thread;
    private List<(byte[] Line, TaskCompletionSource<long> Done)> _waiting = [];
    private List<(byte[] Line, TaskCompletionSource<long> Done)> _taken = [];
    private long _commits;
    private volatile bool _isClosing;

    protected GroupCommitter() => _thread = new(Run) { IsBackground = true };

    public long? Flushes => Interlocked.Read(ref _commits);

    public ValueTask<long> WriteAsync(long n)
    {
        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isFirst;
        lock (_lock)
        {
            isFirst = _waiting.Count == 0;
            _waiting.Add((OrderLine.Of(n).ToArray(), done));
        }
        if (isFirst) _arrived.Release();
        return new(done.Task);
    }

    public virtual void Dispose()
    {
        _isClosing = true;
        _arrived.Release();
        _thread.Join();
        _arrived.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Begins to commit; called by the derived class once it is ready.</summary>
    protected void Start() => _thread.Start();

    /// <summary>Returns when all of the lines are durable.</summary>
    protected abstract void Commit(IEnumerable<byte[]> lines);

    private void Run()
    {
        while (true)
        {
            _arrived.Wait();
            lock (_lock) (_taken, _waiting) = (_waiting, _taken);
            if (_taken.Count == 0 && _isClosing) return;
            if (_taken.Count == 0) continue;
            try
            {
                Commit(_taken.Select(t => t.Line));
                foreach (var (_, done) in _taken) done.SetResult(0);
            }
            catch (Exception e) // every caller gets it, and the measurement ends
            {
                foreach (var (_, done) in _taken) done.SetException(e);
            }
            Interlocked.Increment(ref _commits);
            _taken.Clear();
        }
    }
}
