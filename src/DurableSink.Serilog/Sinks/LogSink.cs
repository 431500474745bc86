using DurableSink.Events;
using Serilog.Core;
using Serilog.Events;

namespace DurableSink.Sinks;

/// <summary>Behind <c>WriteTo</c>: nothing leaves <see cref="Emit"/>; what is lost is counted and reported once. May be used from any
/// thread.</summary>
internal sealed class LogSink(DurableSerilogOptions options, SharedLogs logs) : ILogEventSink, IDisposable, IAsyncDisposable
{
    private readonly LateLog _log = new(options, logs);
    private readonly string[] _alwaysCategories = [.. options.AlwaysCategories];

    public void Emit(LogEvent logEvent)
    {
        try
        {
            if (_log.TryOpen() is { } log) Write(log, logEvent);
        }
        catch (Exception failure)
        {
            _log.CountLost(failure);
        }
    }

    public void Dispose() => _log.Dispose();

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    private void Write(DurableLog log, LogEvent logEvent)
    {
        var line = EventLine.Rent(log.MaxBodyBytes);
        try
        {
            LogEventWriter.Write(line, logEvent);
            if (line.IsFull) ShortenedEvent.Replace(line, log.MaxBodyBytes);
            log.AppendLine(line.Bytes, Waits(logEvent), told: false);
        }
        finally
        {
            EventLine.Return(line);
        }
    }

    private bool Waits(LogEvent logEvent) =>
        options.Fsync == FsyncPolicy.Always || logEvent.Level >= options.AlwaysLevel || (_alwaysCategories.Length > 0 && IsAlwaysCategory(logEvent));

    private bool IsAlwaysCategory(LogEvent logEvent) =>
        logEvent.Properties.TryGetValue(Constants.SourceContextPropertyName, out var value) && value is ScalarValue { Value: string category } &&
        Array.Exists(_alwaysCategories, prefix => category.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
