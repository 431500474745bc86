namespace DurableSink.Tooling.Stats;

/// <summary>Events and bytes by time: in minutes, and in longer steps where there would be too many of them.</summary>
internal sealed class Timeline
{
    private const int MostSteps = 60;

    private static readonly int[] Minutes = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880, 10_080, 43_200, 525_600];

    private readonly Dictionary<long, Tally> _steps = [];
    private long _first = long.MaxValue;
    private long _last = long.MinValue;
    private int _unit; // index into Minutes

    public TimeSpan Step => TimeSpan.FromMinutes(Minutes[_unit]);

    public void Add(DateTimeOffset time, int bytes)
    {
        StepOf(time.UtcTicks / Step.Ticks).Add(bytes);
        while (_last - _first >= MostSteps && _unit < Minutes.Length - 1) Widen();
    }

    /// <summary>All steps from the first to the last, those without events too.</summary>
    public IEnumerable<(DateTimeOffset From, long Events, long Bytes)> Steps()
    {
        for (var step = _first; step <= _last; step++)
        {
            var tally = _steps.GetValueOrDefault(step);
            yield return (new(step * Step.Ticks, TimeSpan.Zero), tally?.Events ?? 0, tally?.Bytes ?? 0);
        }
    }

    private Tally StepOf(long step)
    {
        if (_steps.TryGetValue(step, out var tally)) return tally;
        (_first, _last) = (Math.Min(_first, step), Math.Max(_last, step));
        return _steps[step] = new("");
    }

    private void Widen()
    {
        var narrow = _steps.ToList();
        var before = Step.Ticks;
        _unit++;
        _steps.Clear();
        (_first, _last) = (long.MaxValue, long.MinValue);
        foreach (var (step, tally) in narrow) StepOf(step * before / Step.Ticks).Add(tally);
    }
}
