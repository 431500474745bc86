using DurableSink.Bench.Events;
using Microsoft.Extensions.Logging;

namespace DurableSink.Bench.FireAndForget;

/// <summary>How an application calls the logging framework.</summary>
internal enum CallStyle
{
    /// <summary>A method made by the generator for <c>[LoggerMessage]</c>.</summary>
    Generated,

    /// <summary><c>LogInformation</c>, which makes an array and boxes.</summary>
    Extension,
}

/// <summary>Microsoft.Extensions.Logging with one provider.</summary>
internal sealed class FrameworkSink : IEventSink
{
    private readonly ILoggerFactory _factory;
    private readonly ILogger _logger;
    private readonly CallStyle _style;

    public FrameworkSink(CallStyle style, Action<ILoggingBuilder> configure)
    {
        _style = style;
        _factory = LoggerFactory.Create(configure);
        _logger = _factory.CreateLogger("bench");
    }

    public static FrameworkSink Ours(CallStyle style, string folder, Action<DurableFileOptions>? more = null) => new(style, builder => builder.AddDurableFile(o =>
    {
        (o.Directory, o.LogName, o.Fsync, o.OnNotice) = (Path.Combine(folder, "log"), "bench", FsyncPolicy.Batch, static _ => { });
        more?.Invoke(o);
    }));

    public void Log(long n)
    {
        var order = Order.Of(n);
        if (_style == CallStyle.Generated) _logger.Ordered(order.UserId, order.Count, order.Sku, order.Total);
#pragma warning disable CA2254 // it is a constant
        else _logger.LogInformation(Order.Template, order.UserId, order.Count, order.Sku, order.Total);
#pragma warning restore CA2254
    }

    public void Dispose() => _factory.Dispose();
}
