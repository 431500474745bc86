using DurableSink.Hosting;
using Microsoft.Extensions.Logging;

namespace DurableSink.Logging;

/// <summary>
/// The provider behind <c>AddDurableFile</c>: writes what is logged into a <see cref="DurableLog"/>, which it borrows from the
/// container. Its loggers may be used from any thread; after its disposal they do nothing. Disposing it does not close the log, which
/// the container closes after it.
/// </summary>
[ProviderAlias("DurableFile")]
public sealed class DurableFileLoggerProvider : ILoggerProvider, ISupportExternalScope, ILoggerDoor, IAsyncDisposable
{
    private readonly AppLog _log;
    private IExternalScopeProvider? _scopes;
    private volatile bool _isDisposed;

    internal DurableFileLoggerProvider(AppLog log) => _log = log;

    bool ILoggerDoor.IsDisposed => _isDisposed;

    IExternalScopeProvider? ILoggerDoor.Scopes => _scopes;

    /// <summary>Makes the logger of a category. Nothing is opened before it logs.</summary>
    public ILogger CreateLogger(string categoryName)
    {
        ArgumentNullException.ThrowIfNull(categoryName);
        return new DoorLogger(this, categoryName);
    }

    /// <summary>Called by the framework once, before the first event.</summary>
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <summary>Ends logging. May be called more than once.</summary>
    public void Dispose() => _isDisposed = true;

    /// <summary>Ends logging. May be called more than once.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    bool ILoggerDoor.Takes(string category) => true;

    OpenedLog? ILoggerDoor.TryOpen(string category) => _log.TryOpen(category);

    void ILoggerDoor.Lost(string reason, Exception? cause) => _log.CountLost(reason, cause);
}
