using Microsoft.Extensions.Logging;

namespace DurableSink.Diagnostics;

/// <summary>Counts the events that were not accepted, and reports them once when it begins and once when it is over (D9).</summary>
internal sealed class DropReport(LogMetrics metrics, Action<DurableNotice> notify)
{
    private long _since; // of the present series

    public void Dropped(Exception reason, bool told)
    {
        metrics.Drop();
        if (told) return; // the caller knows
        if (Interlocked.Increment(ref _since) == 1)
            notify(new(LogLevel.Error, "EventsDropped", $"Events are dropped; how many is said when one is accepted again. {reason.Message}", reason));
    }

    /// <summary>The log was closed: how many were dropped up to its end.</summary>
    public void Closed()
    {
        var dropped = Interlocked.Exchange(ref _since, 0);
        if (dropped > 0) notify(new(LogLevel.Error, "EventsDropped", $"{dropped} events were dropped until the log was closed."));
    }

    /// <summary>An event was accepted.</summary>
    public void Accepted()
    {
        if (Volatile.Read(ref _since) == 0) return;
        var dropped = Interlocked.Exchange(ref _since, 0);
        if (dropped > 0) notify(new(LogLevel.Error, "EventsAccepted", $"Events are accepted again; {dropped} were dropped before."));
    }
}
