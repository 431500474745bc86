using Microsoft.Extensions.Logging;

namespace DurableSink.Hosting;

/// <summary>
/// Brings the notices of a container's logs to people: with a host to the logging category <c>DurableSink</c>, which exists only once
/// the host starts (earlier notices wait, in bounded number), without one to standard error. Never throws.
/// </summary>
internal sealed class NoticeRelay(bool hasHost, TextWriter console) : IDisposable
{
    internal const string Category = "DurableSink";
    private const int MaxWaiting = 64; // D9

    private readonly Lock _gate = new();
    private readonly Queue<DurableNotice> _waiting = new();
    private ILogger? _logger;
    private int _leftOut;
    private bool _isDisposed;

    public void Notify(DurableNotice notice)
    {
        lock (_gate)
        {
            if (_logger is null && hasHost && !_isDisposed)
            {
                if (_waiting.Count < MaxWaiting) _waiting.Enqueue(notice);
                else _leftOut++;
                return;
            }
        }

        Deliver(notice);
    }

    /// <summary>The host starts: from now on there is a logger.</summary>
    public void Attach(ILoggerFactory factory) => DeliverWaiting(() => _logger ??= factory.CreateLogger(Category));

    /// <summary>What waits for a host that never started is not lost.</summary>
    public void Dispose() => DeliverWaiting(() => _isDisposed = true);

    private void DeliverWaiting(Action change)
    {
        DurableNotice[] waiting;
        int leftOut;
        lock (_gate)
        {
            change();
            waiting = [.. _waiting];
            leftOut = _leftOut;
            _waiting.Clear();
            _leftOut = 0;
        }

        foreach (var notice in waiting) Deliver(notice);
        if (leftOut > 0) Deliver(new(LogLevel.Warning, "NoticesLeftOut", $"{leftOut} more notices came before the host started."));
    }

    private void Deliver(DurableNotice notice)
    {
        try
        {
            if (_logger is { } logger)
                logger.Log(notice.Level, new EventId(0, notice.Name), notice.Exception, "{Notice}", notice.Message);
            else
                console.WriteLine($"{Category}: {notice.Level}: {notice.Name}: {notice.Message}");
        }
        catch (Exception)
        {
            // Nobody is left to tell.
        }
    }
}
