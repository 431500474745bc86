using DurableSink.Diagnostics;
using DurableSink.Segments;
using Microsoft.Extensions.Logging;

namespace DurableSink.Commit;

/// <summary>
/// Notices a drive that does not answer: a system call that hangs cannot be ended, but nobody else needs to hang with it. A thread of
/// its own, because the others may be the ones that hang; it sleeps while nobody uses the drive.
/// </summary>
internal sealed class DriveWatch
{
    public static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private readonly DriveGate _gate;
    private readonly TimeSpan _patience;
    private readonly LogMetrics _metrics;
    private readonly Action<DurableNotice> _notify;
    private readonly Action<Exception> _giveUp;
    private readonly Thread _thread;
    private GateHold _slow; // the last hold that was reported; turn 0 is never slow

    /// <summary>After <paramref name="patience"/> in one call to the drive, <paramref name="giveUp"/> tells those who wait, and goes on
    /// doing so while it lasts.</summary>
    public DriveWatch(DriveGate gate, string logName, TimeSpan patience, LogMetrics metrics, Action<DurableNotice> notify, Action<Exception> giveUp)
    {
        _gate = gate;
        _patience = patience;
        _metrics = metrics;
        _notify = notify;
        _giveUp = giveUp;
        _thread = new Thread(Run) { IsBackground = true, Name = $"DurableSink watch {logName}" };
    }

    public void Start() => _thread.UnsafeStart();

    /// <summary>Ends the watch; the thread follows soon.</summary>
    public void Stop() => _gate.EndWatch();

    private void Run()
    {
        var hasGivenUp = false;
        while (_gate.Watch(Pace, sleeps: _slow.Path == null, out var hold))
        {
            if (_slow.Path != null && hold.Turn != _slow.Turn)
            {
                _notify(new(LogLevel.Warning, "DriveAnswers", $"The drive answers again, after more than {_slow.Duration.TotalSeconds:0.0} s in a write or flush of '{_slow.Path}'."));
                (_slow, hasGivenUp) = (default, false);
            }

            if (hold.Path == null || hold.Duration < SlowAfter) continue;
            var isNew = _slow.Path == null;
            _slow = hold;
            if (isNew)
            {
                _metrics.Slow();
                _notify(new(LogLevel.Warning, "DriveSlow",
                    $"A write or flush of '{hold.Path}' has not returned for {hold.Duration.TotalSeconds:0.0} s. Events are kept in memory meanwhile, within BufferBytes."));
            }

            if (hold.Duration < _patience) continue;
            var error = new DurableLogException(
                $"the drive has not answered for {hold.Duration.TotalSeconds:0.0} s in a write or flush of '{hold.Path}' (FlushTimeout is {_patience.TotalSeconds:0.###} s)");
            if (!hasGivenUp) _notify(new(LogLevel.Critical, "DriveHangs", $"Callers who wait are told that their events are in doubt: {error.Message}."));
            hasGivenUp = true;
            _giveUp(error);
        }
    }
}
