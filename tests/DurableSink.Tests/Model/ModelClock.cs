namespace DurableSink.Tests.Model;

/// <summary>A clock that runs faster than the world's while a program runs, so that windows and retries cost no time.</summary>
internal sealed class ModelClock : TimeProvider, IDisposable
{
    private readonly ManualResetEventSlim _stopped = new(false, spinCount: 0);
    private readonly Thread _thread;
    private long _ticks = new DateTimeOffset(2026, 11, 20, 8, 0, 0, TimeSpan.Zero).Ticks;
    private Action? _nudge;

    public ModelClock()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "model clock" };
        _thread.Start();
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>What each tick adds.</summary>
    public TimeSpan Tick { get; set; } = TimeSpan.FromMilliseconds(100);

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks), TimeSpan.Zero);

    /// <summary>Tells a log at each tick to look again.</summary>
    public void Nudges(DurableLog? log) => Volatile.Write(ref _nudge, log == null ? null : log.Nudge);

    public void Dispose()
    {
        _stopped.Set();
        _thread.Join();
        _stopped.Dispose();
    }

    private void Run()
    {
        while (!_stopped.Wait(2))
        {
            Interlocked.Add(ref _ticks, Tick.Ticks);
            Volatile.Read(ref _nudge)?.Invoke();
        }
    }
}
