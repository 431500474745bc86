using System.Text;
using DurableSink.Bench.Durable;
using DurableSink.Bench.Events;
using Serilog;
using Serilog.Core;
using Serilog.Formatting.Json;
using Serilog.Sinks.File;

namespace DurableSink.Bench.Peers;

/// <summary>Serilog's <c>AuditTo.File</c>: as it is, it reaches the page cache before it returns; with a flush after each event, the drive.</summary>
internal sealed class SerilogAudit : IBlockingWriter
{
    private readonly FlushCount _flushes = new();
    private readonly Logger _logger;

    public SerilogAudit(string folder, bool isFlushed) => _logger = new LoggerConfiguration()
        .AuditTo.File(new JsonFormatter(), Path.Combine(folder, "log.clef"), hooks: isFlushed ? new Hooks(_flushes) : null).CreateLogger();

    public long? Flushes => _flushes.Value;

    public void Write(long n)
    {
        var order = Order.Of(n);
        _logger.Information(Order.Template, order.UserId, order.Count, order.Sku, order.Total);
    }

    public void Dispose() => _logger.Dispose();

    private sealed class Hooks(FlushCount count) : FileLifecycleHooks
    {
        public override Stream OnFileOpened(string path, Stream underlyingStream, Encoding encoding) => new FlushedStream((FileStream)underlyingStream, count);
    }
}
