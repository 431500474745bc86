namespace DurableSink.Tooling.Writing;

/// <summary>Says on the standard error how far the input is durable, a line each time that it has moved: <c>durable 1234</c>.</summary>
internal sealed class Acknowledging : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    private readonly Feed _feed;
    private readonly TextWriter _error;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private long _told;

    public Acknowledging(Feed feed, TextWriter error)
    {
        _feed = feed;
        _error = error;
        _thread = new Thread(Run) { IsBackground = true, Name = "durable-log acknowledgements" };
        _thread.Start();
    }

    /// <summary>Says the last of it.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        Tell();
        _stop.Dispose();
    }

    private void Run()
    {
        while (!_stop.Wait(Pace)) Tell();
    }

    private void Tell()
    {
        var durable = _feed.DurableLines;
        if (durable == _told) return;
        _told = durable;
        _error.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"durable {durable}"));
    }
}
