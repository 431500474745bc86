namespace DurableSink.Sinks;

/// <summary>A sink's share of a log. Giving it back makes durable what was logged through it, and closes the log if it was the last
/// share.</summary>
internal sealed class BorrowedLog(DurableLog log, Func<bool> giveBack) : IDisposable, IAsyncDisposable
{
    private int _isReturned;

    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public DurableLog Log
    {
        get
        {
            if (Volatile.Read(ref _isReturned) != 0) throw new ObjectDisposedException(nameof(DurableLog), $"The logger of log '{log.LogName}' is closed.");
            return log;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReturned, 1) != 0) return;
        if (giveBack())
        {
            log.Dispose();
            return;
        }

        try
        {
            if (!log.IsKnownToFail()) log.Flush();
        }
        catch (DurableLogException)
        {
            // The commit that failed counts and reports.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isReturned, 1) != 0) return;
        if (giveBack())
        {
            await log.DisposeAsync().ConfigureAwait(false);
            return;
        }

        try
        {
            if (!log.IsKnownToFail()) await log.FlushAsync().ConfigureAwait(false);
        }
        catch (DurableLogException)
        {
            // As above.
        }
    }
}
