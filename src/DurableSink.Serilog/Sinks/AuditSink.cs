using DurableSink.Events;
using Serilog.Core;
using Serilog.Events;

namespace DurableSink.Sinks;

/// <summary>Behind <c>AuditTo</c>: an event is durable when <see cref="Emit"/> returns, or its caller gets the reason. May be used from
/// any thread; threads that come together share one flush.</summary>
internal sealed class AuditSink(DurableSerilogOptions options, SharedLogs logs) : ILogEventSink, IDisposable, IAsyncDisposable
{
    private readonly BorrowedLog _log = logs.Borrow(options); // now: an application must not start without its audit

    public void Emit(LogEvent logEvent)
    {
        ArgumentNullException.ThrowIfNull(logEvent);
        var log = _log.Log;
        var line = EventLine.Rent(log.MaxBodyBytes);
        try
        {
            LogEventWriter.Write(line, logEvent);
            log.AppendLine(line.Bytes, waitDurable: true, told: true, line.WholeLength - line.Length); // D1
        }
        finally
        {
            EventLine.Return(line);
        }
    }

    public void Dispose() => _log.Dispose();

    public ValueTask DisposeAsync() => _log.DisposeAsync();
}
