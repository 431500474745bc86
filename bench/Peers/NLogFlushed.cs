using DurableSink.Bench.Durable;
using DurableSink.Bench.Events;
using NLog;
using NLog.Targets;

namespace DurableSink.Bench.Peers;

/// <summary>NLog's file target, made durable by a flush of the drive after each event.</summary>
internal sealed class NLogFlushed : IBlockingWriter
{
    private readonly FlushCount _flushes = new();
    private readonly LogFactory _factory;
    private readonly Logger _logger;

    public NLogFlushed(string folder)
    {
        _factory = NLogFile.Factory(new FlushedTarget(_flushes) { FileName = Path.Combine(folder, "log.clef"), Layout = NLogFile.Json, KeepFileOpen = true, AutoFlush = true });
        _logger = _factory.GetLogger("bench");
    }

    public long? Flushes => _flushes.Value;

    public void Write(long n)
    {
        var order = Order.Of(n);
        _logger.Info(Order.Template, order.UserId, order.Count, order.Sku, order.Total);
    }

    public void Dispose() => _factory.Shutdown();

    private sealed class FlushedTarget(FlushCount count) : FileTarget
    {
        protected override Stream CreateFileStream(string filePath, int bufferSize) => new FlushedStream((FileStream)base.CreateFileStream(filePath, bufferSize), count);
    }
}
