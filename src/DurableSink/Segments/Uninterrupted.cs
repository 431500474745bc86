namespace DurableSink.Segments;

/// <summary>
/// Locks that <see cref="Thread.Interrupt"/> does not break: whoever owns the drive, or the commit, must be able to hand it over, and a
/// contended <c>lock</c> throws. The interruption is kept, and given back where the thread leaves us.
/// </summary>
internal static class Uninterrupted
{
    [ThreadStatic]
    private static bool _isPending;

    /// <summary>Enters the lock; disposing what is returned leaves it.</summary>
    public static Held Lock(object gate)
    {
        while (true)
        {
            try
            {
                Monitor.Enter(gate);
                return new Held(gate);
            }
            catch (ThreadInterruptedException)
            {
                _isPending = true;
            }
        }
    }

    /// <summary>Within the lock: waits to be pulsed.</summary>
    public static void Wait(object gate)
    {
        try
        {
            Monitor.Wait(gate);
        }
        catch (ThreadInterruptedException)
        {
            _isPending = true;
        }
    }

    /// <summary>Gives an interruption back that came meanwhile.</summary>
    public static void Restore()
    {
        if (!_isPending) return;
        _isPending = false;
        Thread.CurrentThread.Interrupt();
    }

    /// <summary>A lock that is held.</summary>
    public readonly ref struct Held(object gate)
    {
        public void Dispose() => Monitor.Exit(gate);
    }
}
