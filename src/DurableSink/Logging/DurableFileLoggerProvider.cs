using Microsoft.Extensions.Logging;

namespace DurableSink.Logging;

/// <summary>
/// The provider behind <c>AddDurableFile</c>: writes what is logged into a <see cref="DurableLog"/>, which it borrows from the
/// container. Its loggers may be used from any thread; after its disposal they do nothing. Disposing it does not close the log, which
/// the container closes after it.
/// </summary>
[ProviderAlias("DurableFile")]
public sealed class DurableFileLoggerProvider : ILoggerProvider, ISupportExternalScope, IAsyncDisposable
{
    private readonly AppLog _log;
    private volatile bool _isDisposed;

    internal DurableFileLoggerProvider(AppLog log) => _log = log;

    internal bool IsDisposed => _isDisposed;

    internal IExternalScopeProvider? Scopes { get; private set; }

    /// <summary>Makes the logger of a category. Nothing is opened before it logs.</summary>
    public ILogger CreateLogger(string categoryName)
    {
        ArgumentNullException.ThrowIfNull(categoryName);
        return new DurableFileLogger(this, categoryName);
    }

    /// <summary>Called by the framework once, before the first event.</summary>
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => Scopes = scopeProvider;

    /// <summary>Ends logging. May be called more than once.</summary>
    public void Dispose() => _isDisposed = true;

    /// <summary>Ends logging. May be called more than once.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal OpenedLog? TryOpen(string category) => _log.TryOpen(category);

    internal void Lost(string reason, Exception? cause) => _log.CountLost(reason, cause);
}
