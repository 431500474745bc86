using DurableSink.Bench.Events;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Formatting.Json;

namespace DurableSink.Bench.FireAndForget;

/// <summary>Serilog with one sink.</summary>
internal sealed class SerilogSink(Func<LoggerSinkConfiguration, LoggerConfiguration> sink) : IEventSink
{
    private readonly Logger _logger = sink(new LoggerConfiguration().WriteTo).CreateLogger();

    public static SerilogSink Ours(string folder) => new(to => to.DurableFile(o =>
    {
        (o.Directory, o.LogName, o.Fsync, o.OnNotice) = (Path.Combine(folder, "log"), "bench", FsyncPolicy.Batch, static _ => { });
    }));

    public static SerilogSink File(string folder, bool buffered) => new(to => AddFile(to, folder, buffered));

    public static SerilogSink Async(string folder, bool blocks) => new(to => to.Async(a => AddFile(a, folder, buffered: false), blockWhenFull: blocks));

    public void Log(long n)
    {
        var order = Order.Of(n);
        _logger.Information(Order.Template, order.UserId, order.Count, order.Sku, order.Total);
    }

    public void Dispose() => _logger.Dispose();

    private static LoggerConfiguration AddFile(LoggerSinkConfiguration to, string folder, bool buffered) =>
        to.File(new JsonFormatter(), Path.Combine(folder, "log.clef"), fileSizeLimitBytes: null, buffered: buffered);
}
