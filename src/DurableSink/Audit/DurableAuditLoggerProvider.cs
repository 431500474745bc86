using DurableSink.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableSink.Audit;

/// <summary>
/// The provider behind <see cref="DurableAuditOptions.Categories"/>, one for each audit log: writes what is logged in those categories
/// into it. A log call returns when its event is durable, and throws when it is not (<see cref="DurableLogException"/>, which the framework
/// wraps into an <see cref="AggregateException"/>). Its loggers may be used from any thread, also after its disposal: until the container
/// closes the log.
/// </summary>
[ProviderAlias("DurableAudit")]
public sealed class DurableAuditLoggerProvider : ILoggerProvider, ISupportExternalScope, ILoggerDoor
{
    private readonly AuditDoor _door;
    private IExternalScopeProvider? _scopes;

    internal DurableAuditLoggerProvider(AuditDoor door) => _door = door;

    bool ILoggerDoor.IsDisposed => false; // an audit log is never silent: once it is closed, its log calls throw

    IExternalScopeProvider? ILoggerDoor.Scopes => _scopes;

    /// <summary>Makes the logger of a category. Nothing is opened before it logs. The framework's own categories are never routed:
    /// they do not expect exceptions.</summary>
    public ILogger CreateLogger(string categoryName)
    {
        ArgumentNullException.ThrowIfNull(categoryName);
        return CategoryNames.IsFrameworks(categoryName) ? NullLogger.Instance : new AuditLogger(new DoorLogger(this, categoryName));
    }

    /// <summary>Called by the framework once, before the first event.</summary>
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <summary>Does nothing: services that end later may log, and the container closes the log after them.</summary>
    public void Dispose()
    {
    }

    bool ILoggerDoor.Takes(string category) => _door.Takes(category);

    OpenedLog? ILoggerDoor.TryOpen(string category) => _door.TryOpen(category);

    void ILoggerDoor.Lost(string reason, Exception? cause) => _door.CountLost(reason, cause);
}
