using DurableSink.Bench.Events;
using DurableSink.Bench.Measuring;
using Serilog;

namespace DurableSink.Bench.Durable;

/// <summary>DurableLog itself, under Always and otherwise with default options: Append for threads, AppendAsync for tasks.</summary>
internal sealed class OurLog : IBlockingWriter, IAwaitableWriter
{
    private readonly EngineCounters _counters = new();
    private readonly DurableLog _log;

    public OurLog(string folder, Action<DurableLogOptions>? choose = null)
    {
        var options = new DurableLogOptions { Directory = Path.Combine(folder, "log"), LogName = "bench", Fsync = FsyncPolicy.Always };
        choose?.Invoke(options);
        _log = DurableLog.Open(options);
    }

    public long? Flushes => _counters.FlushesSoFar();

    public void Write(long n) => _log.Append(Order.Event(n));

    public ValueTask<long> WriteAsync(long n) => _log.AppendAsync(Order.Event(n));

    public void Dispose()
    {
        _log.Dispose();
        _counters.Dispose();
    }
}

/// <summary>Serilog's <c>AuditTo.DurableFile</c>.</summary>
internal sealed class OurSerilogAudit(string folder) : IBlockingWriter
{
    private readonly EngineCounters _counters = new();
    private readonly Serilog.Core.Logger _logger = new LoggerConfiguration()
        .AuditTo.DurableFile(o => (o.Directory, o.LogName) = (Path.Combine(folder, "log"), "bench")).CreateLogger();

    public long? Flushes => _counters.FlushesSoFar();

    public void Write(long n)
    {
        var order = Order.Of(n);
        _logger.Information(Order.Template, order.UserId, order.Count, order.Sku, order.Total);
    }

    public void Dispose()
    {
        _logger.Dispose();
        _counters.Dispose();
    }
}
