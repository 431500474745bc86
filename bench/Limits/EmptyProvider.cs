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
        if (!reads || state is not IReadOnlyList<KeyValuePair<string, object?>>) return;
        long read = 0;
        // Each cast is its own, so that a struct is not boxed: what is allocated is what reading its values takes.
        for (var i = 0; i < ((IReadOnlyList<KeyValuePair<string, object?>>)state).Count; i++)
        {
            var value = ((IReadOnlyList<KeyValuePair<string, object?>>)state)[i];
            read += value.Value is null ? 0 : value.Key.Length;
        }

        Volatile.Write(ref _read, read); // not added up: threads would wait for each other
    }

    public void Dispose()
    {
    }
}
