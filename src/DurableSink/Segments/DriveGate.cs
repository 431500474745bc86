namespace DurableSink.Segments;

/// <summary>
/// Rule 1: one flush at a time. Whoever writes and flushes for this log (commit, seal, pre-write, directory flush) holds the gate
/// meanwhile; first come, first served, so that a busy committer does not starve the others.
/// </summary>
internal sealed class DriveGate(TimeProvider time)
{
    private readonly object _lock = new();
    private long _next;
    private long _serving;
    private long _failures;
    private string? _path; // of the holder; null while nobody holds it
    private long _since;
    private bool _watcherSleeps;
    private bool _watchIsOver;

    /// <summary>How many flushes of this log have failed. What was written before a failure and not flushed before it is suspect.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Runs <paramref name="work"/> on the file or directory <paramref name="path"/> alone; a failure in it makes unflushed
    /// writes suspect everywhere.</summary>
    public void Run(string path, Action work)
    {
        Enter(path);
        try
        {
            work();
        }
        catch (DurableIOException e)
        {
            Fail(e);
            throw;
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>For a holder that entered by itself. Want of room takes nothing with it that was written before.</summary>
    public void Fail(DurableIOException error)
    {
        if (!error.IsNoRoom) Interlocked.Increment(ref _failures);
    }

    public void Enter(string path)
    {
        using (Uninterrupted.Lock(_lock)) // a turn that is given up would be waited for by all
        {
            var mine = _next++;
            while (_serving != mine) Uninterrupted.Wait(_lock);
            _path = path;
            _since = time.GetTimestamp();
            if (_watcherSleeps) Monitor.PulseAll(_lock);
        }
    }

    public void Exit()
    {
        using (Uninterrupted.Lock(_lock))
        {
            _path = null;
            _serving++;
            if (_serving != _next) Monitor.PulseAll(_lock);
        }
    }

    /// <summary>For the watcher: how the gate is held after <paramref name="pace"/>. With <paramref name="sleeps"/>, it sleeps on
    /// while nobody holds the gate: an idle log has no timer. False once the watch is over.</summary>
    public bool Watch(TimeSpan pace, bool sleeps, out GateHold hold)
    {
        lock (_lock)
        {
            while (!_watchIsOver && Monitor.Wait(_lock, pace))
            {
                // Pulsed: somebody entered or left. A hold that lasts ends in a timeout here.
            }

            _watcherSleeps = true;
            while (sleeps && _path == null && !_watchIsOver) Monitor.Wait(_lock);
            _watcherSleeps = false;
            hold = new(_serving, _path, _path == null ? default : time.GetElapsedTime(_since));
            return !_watchIsOver;
        }
    }

    public void EndWatch()
    {
        lock (_lock)
        {
            _watchIsOver = true;
            Monitor.PulseAll(_lock);
        }
    }
}

/// <summary>Who holds the gate.</summary>
/// <param name="Turn">The number of the hold.</param>
/// <param name="Path">What the holder works on; null while nobody holds the gate.</param>
/// <param name="Duration">For how long it has been held.</param>
internal readonly record struct GateHold(long Turn, string? Path, TimeSpan Duration);
