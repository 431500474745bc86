using DurableSink;

namespace SegmentShipper.Hosting;

/// <summary>An audit log whose events are in the store when their write completes.</summary>
internal sealed class ShippedAuditLog(IAuditLog log, ISegmentShipper shipper) : IAuditLog
{
    public IAuditLog WithIdempotencyKey(string idempotencyKey) => new ShippedAuditLog(log.WithIdempotencyKey(idempotencyKey), shipper);

    public ValueTask<AuditReceipt> WriteAsync(string messageTemplate, params object?[] args) => ShippedAsync(log.WriteAsync(messageTemplate, args), default);

    public ValueTask<AuditReceipt> WriteAsync(string messageTemplate, object?[] args, CancellationToken cancellationToken) =>
        ShippedAsync(log.WriteAsync(messageTemplate, args, cancellationToken), cancellationToken);

    public ValueTask<AuditReceipt> WriteAsync(DurableEvent e, CancellationToken cancellationToken = default) =>
        ShippedAsync(log.WriteAsync(e, cancellationToken), cancellationToken);

    public ValueTask<AuditReceipt> WriteObjectAsync<T>(string messageTemplate, T payload, CancellationToken cancellationToken = default) =>
        ShippedAsync(log.WriteObjectAsync(messageTemplate, payload, cancellationToken), cancellationToken);

    private async ValueTask<AuditReceipt> ShippedAsync(ValueTask<AuditReceipt> write, CancellationToken cancellationToken)
    {
        var receipt = await write.ConfigureAwait(false);
        try
        {
            await shipper.WaitForShippedAsync(receipt, cancellationToken).ConfigureAwait(false);
            return receipt;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new DurableOutcomeUnknownException(receipt.Sequence, cancellationToken);
        }
    }
}
