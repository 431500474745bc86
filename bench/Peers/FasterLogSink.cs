using DurableSink.Bench.Events;
using DurableSink.Bench.FireAndForget;
using FASTER.core;

namespace DurableSink.Bench.Peers;

/// <summary>FasterLog that takes lines and commits them when it is closed.</summary>
internal sealed class FasterLogSink : IEventSink
{
    private readonly FasterLogSettings _settings;
    private readonly FasterLog _log;

    public FasterLogSink(string folder)
    {
        _settings = new(folder);
        _log = new(_settings);
    }

    public void Log(long n) => _log.Enqueue(OrderLine.Of(n));

    public void Dispose()
    {
        _log.Commit(spinWait: true);
        _log.Dispose();
        _settings.Dispose();
    }
}
