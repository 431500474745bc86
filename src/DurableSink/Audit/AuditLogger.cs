using DurableSink.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableSink.Audit;

/// <summary>A category's logger into an audit log: whoever stands for the work around the call hears how it ended, also where the
/// caller lets the exception go.</summary>
internal sealed class AuditLogger(DoorLogger logger) : ILogger, IBufferedLogger
{
    public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!logger.IsEnabled(logLevel)) return;
        try
        {
            logger.Log(logLevel, eventId, state, exception, formatter);
            AuditScope.Current?.Logged();
        }
        catch (Exception failure) when (Tell(failure))
        {
        }
    }

    public void LogRecords(IEnumerable<BufferedLogRecord> records)
    {
        try
        {
            logger.LogRecords(records);
        }
        catch (Exception failure) when (Tell(failure))
        {
        }
        finally
        {
            AuditScope.Current?.Logged(); // where one was refused too: others of the batch may be durable
        }
    }

    /// <summary>As a filter: the exception goes on.</summary>
    private static bool Tell(Exception failure)
    {
        if (failure is DurableLogFullException or EventTooLargeException or ObjectDisposedException) AuditScope.Current?.Refused(failure);
        else AuditScope.Current?.InDoubt(failure);
        return false;
    }
}
