namespace DurableSink.Tests.Model;

/// <summary>A clock that runs faster than the world's while a program runs, so that windows and retries cost no time. One thread moves those
/// of all programs: a thread for each would wake the processors more often than the programs do.</summary>
internal sealed class ModelClock : TimeProvider, IDisposable
{
    private const int MillisecondsOfTick = 5;

    private static readonly Lock Gate = new();
    private static readonly List<ModelClock> Running = [];

    private long _ticks = new DateTimeOffset(2026, 11, 20, 8, 0, 0, TimeSpan.Zero).Ticks;
    private Action? _nudge;

    static ModelClock() => new Thread(MoveAll) { IsBackground = true, Name = "model clock" }.Start();

    public ModelClock()
    {
        lock (Gate) Running.Add(this);
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Whether a life is over for the model: what its log still waits for is waited for quickly.</summary>
    public bool Hurries { get; set; }

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks), TimeSpan.Zero);

    /// <summary>Tells a log at each tick to look again.</summary>
    public void Nudges(DurableLog? log) => Volatile.Write(ref _nudge, log == null ? null : log.Nudge);

    public void Dispose()
    {
        lock (Gate) Running.Remove(this);
    }

    private static void MoveAll()
    {
        using var never = new ManualResetEventSlim(false, spinCount: 0);
        while (!never.Wait(MillisecondsOfTick))
        {
            List<ModelClock> clocks;
            lock (Gate) clocks = [.. Running];
            foreach (var clock in clocks) clock.Move();
        }
    }

    private void Move()
    {
        Interlocked.Add(ref _ticks, Hurries ? TimeSpan.TicksPerMinute : TimeSpan.TicksPerSecond / 10);
        Volatile.Read(ref _nudge)?.Invoke();
    }
}
