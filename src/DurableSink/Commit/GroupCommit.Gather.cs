using System.Diagnostics;

namespace DurableSink.Commit;

/// <summary>
/// Who was told a moment ago often comes back at once, with the next event. A commit that waits for them, for a fraction of a commit, carries
/// all; else two halves take turns, and each waits for two flushes.
/// </summary>
internal sealed partial class GroupCommit
{
    private const int LongestPause = 64; // commits
    private static readonly TimeSpan LongestGathering = TimeSpan.FromMicroseconds(100);
    private static readonly bool HasOtherProcessors = Environment.ProcessorCount > 1;

    private int _arrivals; // of those who wait; under the lock, may overflow
    private int _arrivalsAtFlush;
    private int _told;
    private TimeSpan _commitTook;
    private int _pause; // commits until it is tried again
    private int _nextPause = 1;

    /// <summary>By the owner of the drive, before a commit: waits until as many are back as were told. Where they do not come back, it is
    /// tried more and more rarely. In real time, whatever the log's clock: it bounds what a processor spends.</summary>
    private void Gather()
    {
        var told = _told;
        _told = 0;
        if (told == 0 || !HasOtherProcessors || IsBackingOff) return;
        if (_pause > 0)
        {
            _pause--;
            return;
        }

        var limit = _commitTook < 2 * LongestGathering ? _commitTook / 2 : LongestGathering;
        var started = Stopwatch.GetTimestamp();
        var spin = new SpinWait();
        while (Volatile.Read(ref _arrivals) - _arrivalsAtFlush < told)
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                (_pause, _nextPause) = (_nextPause, Math.Min(2 * _nextPause, LongestPause));
                return;
            }

            spin.SpinOnce(sleep1Threshold: -1); // gives the processor away, and never sleeps
        }

        _nextPause = 1;
    }
}
