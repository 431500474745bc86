using Microsoft.Extensions.Logging;

namespace DurableSink.Bench.Limits;

/// <summary>What the framework costs: a provider that does nothing, or only reads what it is given.</summary>
internal sealed class EmptyProvider(bool reads) : ILoggerProvider, ILogger
{
    private long _read;

    public long Read => Interlocked.Read(ref _read);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!reads || state is not IReadOnlyList<KeyValuePair<string, object?>> values) return;
        long read = 0;
        for (var i = 0; i < values.Count; i++) read += values[i].Value is null ? 0 : values[i].Key.Length;
        Volatile.Write(ref _read, read); // not added up: threads would wait for each other
    }

    public void Dispose()
    {
    }
}
