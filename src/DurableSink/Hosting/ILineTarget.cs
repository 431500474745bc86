namespace DurableSink.Hosting;

/// <summary>A log as a door sees it, so that a door can be tested without one.</summary>
internal interface ILineTarget : IDisposable, IAsyncDisposable
{
    DurableLog Log { get; }

    /// <summary>See <see cref="DurableLog.MaxBodyBytes"/>.</summary>
    int MaxBodyBytes { get; }

    /// <summary>See <see cref="DurableLog.AppendLine"/>.</summary>
    long AppendLine(ReadOnlySpan<byte> body, bool waitDurable, bool told);
}

/// <summary>The real one.</summary>
internal sealed class DurableLogTarget(DurableLog log) : ILineTarget
{
    public DurableLog Log => log;

    public int MaxBodyBytes { get; } = log.MaxBodyBytes;

    public static ILineTarget Open(DurableLogOptions options) => new DurableLogTarget(DurableLog.Open(options));

    public long AppendLine(ReadOnlySpan<byte> body, bool waitDurable, bool told) => log.AppendLine(body, waitDurable, told);

    public void Dispose() => log.Dispose();

    public ValueTask DisposeAsync() => log.DisposeAsync();
}
