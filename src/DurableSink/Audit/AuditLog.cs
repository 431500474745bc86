using System.Runtime.CompilerServices;
using DurableSink.Events;
using DurableSink.Hosting;
using DurableSink.Segments;

namespace DurableSink.Audit;

/// <summary>Formats on the caller's thread, with what is ambient there; then waits for the flush that covers the event.</summary>
internal sealed class AuditLog(AuditDoor door) : IAuditLog
{
    public ValueTask<AuditReceipt> WriteAsync(string messageTemplate, params object?[] args) => WriteAsync(messageTemplate, args, default);

    public ValueTask<AuditReceipt> WriteAsync(string messageTemplate, object?[] args, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messageTemplate);
        args ??= [null]; // what the compiler makes of one null value
        if (Array.Exists(args, value => value is CancellationToken))
        {
            throw new ArgumentException("A CancellationToken stands among the values of the template, where it would end up in the log. " +
                "Put the values in brackets, and the token after them: WriteAsync(template, [value, …], token).", nameof(args));
        }

        return Write((messageTemplate, args), static (line, log, now, x) => AuditLine.Write(line, now, x.messageTemplate, x.args, log.Capture), cancellationToken);
    }

    public ValueTask<AuditReceipt> WriteAsync(DurableEvent e, CancellationToken cancellationToken = default)
    {
        if (e.MessageTemplate is null) throw new ArgumentException("The event has no message template: make it with new DurableEvent(template).", nameof(e));
        return Write(e, static (line, _, now, e) =>
        {
            ClefWriter.Write(line, in e, now);
            return e.Timestamp ?? now;
        }, cancellationToken);
    }

    public ValueTask<AuditReceipt> WriteObjectAsync<T>(string messageTemplate, T payload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messageTemplate);
        return Write((messageTemplate, payload), static (line, log, now, x) => AuditLine.WriteObject(line, now, x.messageTemplate, x.payload, log), cancellationToken);
    }

    /// <summary>Each event goes one way: opened, formatted, accepted, awaited.</summary>
    private ValueTask<AuditReceipt> Write<T>(T what, Func<EventLine, OpenedLog, DateTimeOffset, T, DateTimeOffset> format, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            AuditScope.Current?.Refused(new OperationCanceledException(cancellationToken));
            return ValueTask.FromCanceled<AuditReceipt>(cancellationToken);
        }

        EventLine? line = null;
        try
        {
            var opened = door.OpenForCaller();
            line = EventLine.Rent(opened.Target.MaxBodyBytes); // what cannot fit is counted, not formatted
            var time = format(line, opened, opened.TimeProvider.GetUtcNow(), what);
            var log = opened.Target.Log;
            var durable = log.AppendLineAsync(line.Bytes, line.WholeLength - line.Length, cancellationToken, out var sequence);
            AuditScope.Current?.Accepted(log, sequence);
            return ReceiptOf(durable, log.LogId, time.ToUniversalTime());
        }
        catch (Exception failure) when (failure is DurableLogException or ObjectDisposedException)
        {
            AuditScope.Current?.Refused(failure);
            return ValueTask.FromException<AuditReceipt>(failure);
        }
        finally
        {
            if (line is not null) EventLine.Return(line);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<AuditReceipt> ReceiptOf(ValueTask<EventPlace> durable, string logId, DateTimeOffset time)
    {
        var place = await durable.ConfigureAwait(false);
        return new()
        {
            LogId = logId,
            SegmentId = place.SegmentId,
            Sequence = place.Sequence,
            Hash = LineTrailer.ToText(place.Hash),
            Time = time,
        };
    }
}
