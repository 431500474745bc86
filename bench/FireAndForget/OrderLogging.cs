using DurableSink.Bench.Events;
using Microsoft.Extensions.Logging;

namespace DurableSink.Bench.FireAndForget;

/// <summary>The event by a method that the logging framework's generator makes: no array, no boxing.</summary>
internal static partial class OrderLogging
{
    [LoggerMessage(LogLevel.Information, Order.Template)]
    public static partial void Ordered(this ILogger logger, int userId, int count, string sku, decimal total);
}
