namespace AuditApi.Page;

/// <summary>How long the last orders waited until they were durable. May be used from any thread.</summary>
internal sealed class RecentWaits
{
    private const int Kept = 4096;

    private readonly Lock _gate = new();
    private readonly double[] _milliseconds = new double[Kept];
    private long _count;

    public void Add(TimeSpan wait)
    {
        lock (_gate) _milliseconds[_count++ % Kept] = wait.TotalMilliseconds;
    }

    /// <summary>Those after the first <paramref name="seen"/>, as far as they are kept, and how many there have been.</summary>
    public (long Count, double[] Milliseconds) Since(long seen)
    {
        lock (_gate)
        {
            if (seen < 0 || seen > _count) seen = 0; // the page is older than this process
            var from = Math.Max(seen, _count - Kept);
            var waits = new double[_count - from];
            for (var i = 0; i < waits.Length; i++) waits[i] = _milliseconds[(from + i) % Kept];
            return (_count, waits);
        }
    }
}
