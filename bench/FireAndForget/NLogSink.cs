using DurableSink.Bench.Events;
using DurableSink.Bench.Peers;
using NLog;
using NLog.Targets;
using NLog.Targets.Wrappers;

namespace DurableSink.Bench.FireAndForget;

/// <summary>NLog's file target, by itself or behind its queue.</summary>
internal sealed class NLogSink : IEventSink
{
    private readonly LogFactory _factory;
    private readonly Logger _logger;

    public NLogSink(string folder, bool autoFlush, bool isAsync = false)
    {
        Target target = new FileTarget { FileName = Path.Combine(folder, "log.clef"), Layout = NLogFile.Json, KeepFileOpen = true, AutoFlush = autoFlush };
        if (isAsync) target = new AsyncTargetWrapper(target) { OverflowAction = AsyncTargetWrapperOverflowAction.Block };
        _factory = NLogFile.Factory(target);
        _logger = _factory.GetLogger("bench");
    }

    public void Log(long n)
    {
        var order = Order.Of(n);
        _logger.Info(Order.Template, order.UserId, order.Count, order.Sku, order.Total);
    }

    public void Dispose() => _factory.Shutdown();
}
