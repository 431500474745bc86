using Microsoft.Extensions.Logging;

namespace DurableSink.Diagnostics;

/// <summary>Events that were dropped, as notices: the first one at once, then how many, once a minute at most and at the end. Under
/// overload one is dropped and the next accepted, thousands of times a second.</summary>
internal sealed class DropReports(TimeProvider time)
{
    internal static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private long _dropped;
    private long _told;
    private long _lastTold; // timestamp
    private Exception? _lastReason;

    /// <summary>Counts one; a notice where it is time for one.</summary>
    public DurableNotice? Count(Exception reason)
    {
        lock (_gate)
        {
            _dropped++;
            _lastReason = reason;
            return _told > 0 && time.GetElapsedTime(_lastTold) < Pause ? null : Tell();
        }
    }

    /// <summary>The notice of those that no notice has told; null where there are none.</summary>
    public DurableNotice? Rest()
    {
        lock (_gate) return _dropped > _told ? Tell() : null;
    }

    private DurableNotice Tell()
    {
        var untold = _dropped - _told;
        var since = _told > 0 ? $" since this was told last, {_dropped} in all" : "";
        (_told, _lastTold) = (_dropped, time.GetTimestamp());
        return new(LogLevel.Error, "EventsDropped",
            $"{untold} {(untold == 1 ? "event was" : "events were")} dropped{since}. Further ones are counted, and told once a minute. {_lastReason!.Message}", _lastReason);
    }
}
