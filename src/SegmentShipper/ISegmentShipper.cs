using DurableSink;

namespace SegmentShipper;

/// <summary>The application's shippers, from the container: how they stand, and the third level of acknowledgement. May be used from any thread.</summary>
public interface ISegmentShipper
{
    /// <summary>How shipping stands, for each log that is shipped at present.</summary>
    IReadOnlyList<LogShipping> Status { get; }

    /// <summary>Completes when the event of the receipt is in the store, verified: it survives the loss of this machine. The segment that it
    /// stands in is sealed for it; those who wait at the same time share one.</summary>
    /// <param name="receipt">What an <see cref="IAuditLog"/> answered.</param>
    /// <param name="cancellationToken">Ends only the wait.</param>
    /// <exception cref="NotShippedException">Its segment was set aside or dropped.</exception>
    /// <exception cref="InvalidOperationException">No log of that id is shipped here.</exception>
    /// <exception cref="ObjectDisposedException">The application has stopped.</exception>
    Task WaitForShippedAsync(AuditReceipt receipt, CancellationToken cancellationToken = default);

    /// <summary>The same for the event of this number in the log of this name.</summary>
    /// <exception cref="NotShippedException">Its segment was set aside or dropped.</exception>
    /// <exception cref="InvalidOperationException">No log of that name is shipped here.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The log has no such event yet.</exception>
    /// <exception cref="ObjectDisposedException">The application has stopped.</exception>
    Task WaitForShippedAsync(string logName, long sequence, CancellationToken cancellationToken = default);

    /// <summary>An audit log whose writes complete when their event is in the store. An exception out of the wait means that the event is
    /// durable here, and its way to the store in doubt: a <see cref="DurableOutcomeUnknownException"/> where the wait was cancelled.</summary>
    /// <param name="log">An audit log of this application.</param>
    IAuditLog Acknowledging(IAuditLog log);
}

/// <summary>One log on its way.</summary>
/// <param name="LogName">Its name.</param>
/// <param name="Directory">Its directory: two logs may have one name.</param>
/// <param name="Status">How it stands.</param>
public sealed record LogShipping(string LogName, string Directory, ShippingStatus Status);
