namespace DurableSink.Hosting;

/// <summary>A log as a door sees it, so that a door can be tested without one.</summary>
internal interface ILineTarget : IDisposable, IAsyncDisposable
{
    DurableLog Log { get; }

    /// <summary>See <see cref="DurableLog.MaxBodyBytes"/>.</summary>
    int MaxBodyBytes { get; }

    /// <summary>See <see cref="DurableLog.AppendLine"/>.</summary>
    long AppendLine(ReadOnlySpan<byte> body, bool waitDurable, bool told);

    /// <summary>See <see cref="DurableLog.Flush"/>. Where the caller is not <paramref name="told"/>, nothing is thrown: the commit that
    /// failed counts and reports.</summary>
    void Flush(bool told);
}

/// <summary>The real one. The pool owns the log: nobody else's Dispose closes it.</summary>
internal sealed class DurableLogTarget : ILineTarget
{
    private DurableLogTarget(DurableLog log)
    {
        Log = log;
        Log.IsPooled = true;
        MaxBodyBytes = log.MaxBodyBytes;
    }

    public DurableLog Log { get; }

    public int MaxBodyBytes { get; }

    public static ILineTarget Open(DurableLogOptions options) => Of(DurableLog.Open(options));

    public static ILineTarget Of(DurableLog log) => new DurableLogTarget(log);

    public long AppendLine(ReadOnlySpan<byte> body, bool waitDurable, bool told) => Log.AppendLine(body, waitDurable, told);

    public void Flush(bool told)
    {
        try
        {
            if (told || !Log.IsKnownToFail()) Log.Flush();
        }
        catch (DurableLogException) when (!told)
        {
            // As documented.
        }
    }

    public void Dispose()
    {
        Log.IsPooled = false;
        Log.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Log.IsPooled = false;
        return Log.DisposeAsync();
    }
}
