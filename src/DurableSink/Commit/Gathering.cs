namespace DurableSink.Commit;

/// <summary>
/// Who was told a moment ago often comes back at once, with the next event. A commit that waits for them, for at most a commit, carries
/// all; else two halves take turns, and each waits for two flushes. <see cref="Arrived"/> and <see cref="Told"/> are called under the commit
/// lock, all else by who owns the drive.
/// </summary>
/// <param name="time">Real time, whatever the log's clock: it bounds what a processor spends.</param>
/// <param name="processors">With one there is nobody to wait for: whoever waits keeps the others from coming.</param>
internal sealed class Gathering(TimeProvider time, int processors)
{
    public const int LongestPause = 64; // commits
    public const int Most = 100; // resuming more takes longer than a commit: the drive works meanwhile
    public static readonly TimeSpan Longest = TimeSpan.FromMicroseconds(300);

    private int _arrivals; // may overflow
    private int _arrivalsWhenTold;
    private int _told;
    private int _pause; // commits until it is tried again
    private int _nextPause = 1;

    /// <summary>Somebody waits for durability.</summary>
    public void Arrived() => _arrivals++;

    /// <summary>A flush covered the events of so many who wait.</summary>
    public void Told(int count)
    {
        _told += count;
        _arrivalsWhenTold = _arrivals;
    }

    /// <summary>The committer's own event is durable too.</summary>
    public void ToldMyself() => _told++;

    /// <summary>
    /// Before a commit: waits until as many have arrived as were told since the last one, at most as long as that took, and at most
    /// <see cref="Longest"/>. Where they do not come it is tried ever more rarely, down to one commit in 65.
    /// </summary>
    public void Wait(TimeSpan lastCommit)
    {
        var told = _told;
        _told = 0;
        if (told is 0 or > Most || processors == 1) return;
        if (_pause > 0)
        {
            _pause--;
            return;
        }

        var limit = lastCommit < Longest ? lastCommit : Longest;
        var started = time.GetTimestamp();
        var spin = new SpinWait();
        while (Volatile.Read(ref _arrivals) - _arrivalsWhenTold < told)
        {
            if (time.GetElapsedTime(started) >= limit)
            {
                (_pause, _nextPause) = (_nextPause, Math.Min(2 * _nextPause, LongestPause));
                return;
            }

            spin.SpinOnce(sleep1Threshold: -1); // gives the processor away, and never sleeps
        }

        _nextPause = 1;
    }
}
