namespace DurableSink.Segments;

/// <summary>
/// Rule 1: one flush at a time. Whoever writes and flushes for this log (commit, seal, pre-write, directory flush) holds the gate
/// meanwhile; first come, first served, so that a busy committer does not starve the others.
/// </summary>
internal sealed class DriveGate
{
    private readonly object _lock = new();
    private long _next;
    private long _serving;
    private long _failures;

    /// <summary>How many flushes of this log have failed. What was written before a failure and not flushed before it is suspect.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Runs <paramref name="work"/> alone; a failure in it makes unflushed writes suspect everywhere.</summary>
    public void Run(Action work)
    {
        Enter();
        try
        {
            work();
        }
        catch (DurableIOException)
        {
            Fail();
            throw;
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>For a holder that entered by itself.</summary>
    public void Fail() => Interlocked.Increment(ref _failures);

    public void Enter()
    {
        lock (_lock)
        {
            var mine = _next++;
            while (_serving != mine) Monitor.Wait(_lock);
        }
    }

    public void Exit()
    {
        lock (_lock)
        {
            _serving++;
            if (_serving != _next) Monitor.PulseAll(_lock);
        }
    }
}
