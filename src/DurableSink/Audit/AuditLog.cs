using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using DurableSink.Commit;
using DurableSink.Events;
using DurableSink.Hosting;
using DurableSink.Segments;

namespace DurableSink.Audit;

/// <summary>Formats on the caller's thread, with what is ambient there; then waits for the flush that covers the event.</summary>
internal sealed class AuditLog(AuditDoor door, string? key = null) : IAuditLog
{
    private const int MaxKeyLength = 255;

    public IAuditLog WithIdempotencyKey(string idempotencyKey)
    {
        ArgumentNullException.ThrowIfNull(idempotencyKey);
        if (idempotencyKey.Length is 0 or > MaxKeyLength)
        {
            throw new ArgumentException($"The idempotency key has {idempotencyKey.Length} characters. Allowed: 1 to {MaxKeyLength}; " +
                "of a longer one take a hash.", nameof(idempotencyKey));
        }

        if (!IsWellFormed(idempotencyKey))
        {
            throw new ArgumentException("The idempotency key has half a surrogate pair, which no UTF-8 text can hold. " +
                "Use letters, digits and signs, such as a GUID.", nameof(idempotencyKey));
        }

        return new AuditLog(door, idempotencyKey);
    }

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

        return Write((key, messageTemplate, args), static (line, log, now, x) => AuditLine.Write(line, now, x.key, x.messageTemplate, x.args, log.Capture), cancellationToken);
    }

    public ValueTask<AuditReceipt> WriteAsync(DurableEvent e, CancellationToken cancellationToken = default)
    {
        if (e.MessageTemplate is null) throw new ArgumentException("The event has no message template: make it with new DurableEvent(template).", nameof(e));
        return Write((key, e), static (line, _, now, x) =>
        {
            ClefWriter.Write(line, in x.e, now, x.key);
            return x.e.Timestamp ?? now;
        }, cancellationToken);
    }

    public ValueTask<AuditReceipt> WriteObjectAsync<T>(string messageTemplate, T payload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messageTemplate);
        return Write((key, messageTemplate, payload),
            static (line, log, now, x) => AuditLine.WriteObject(line, now, x.key, x.messageTemplate, x.payload, log), cancellationToken);
    }

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var used) != OperationStatus.Done) return false;
            text = text[used..];
        }

        return true;
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
            var time = format(line, opened, opened.TimeProvider.GetUtcNow(), what).ToUniversalTime();
            var log = opened.Target.Log;
            var isKeyed = key is not null && line.WholeLength <= line.Limit; // one that is longer the log refuses
            return isKeyed ? Keyed(log, line, time, cancellationToken) : Unkeyed(log, line, time, cancellationToken);
        }
        catch (Exception failure) when (failure is DurableLogException or ObjectDisposedException or IdempotencyConflictException)
        {
            AuditScope.Current?.Refused(failure);
            return ValueTask.FromException<AuditReceipt>(failure);
        }
        finally
        {
            if (line is not null) EventLine.Return(line);
        }
    }

    private static ValueTask<AuditReceipt> Unkeyed(DurableLog log, EventLine line, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var durable = log.AppendLineAsync(line.Bytes, line.WholeLength - line.Length, cancellationToken, out var sequence);
        AuditScope.Current?.Accepted(log, sequence);
        return ReceiptOf(durable, log.LogId, time);
    }

    private ValueTask<AuditReceipt> Keyed(DurableLog log, EventLine line, DateTimeOffset time, CancellationToken cancellationToken)
    {
        line.Write((byte)'}');
        var content = KeyedLine.ContentOf(line.Bytes);
        var e = log.AppendKeyed(key!, content, time, line.Bytes[..^1]);
        AuditScope.Current?.Accepted(log, e.Sequence);
        return ReceiptOf(e, log.LogId, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<AuditReceipt> ReceiptOf(ValueTask<EventPlace> durable, string logId, DateTimeOffset time) =>
        ReceiptOf(await durable.ConfigureAwait(false), logId, time);

    /// <summary>The first writer's and every retry's are the same.</summary>
    private static async ValueTask<AuditReceipt> ReceiptOf(KeyedEvent e, string logId, CancellationToken cancellationToken)
    {
        try
        {
            return ReceiptOf(await e.Durable.WaitAsync(cancellationToken).ConfigureAwait(false), logId, e.Time);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new DurableOutcomeUnknownException(e.Sequence, cancellationToken);
        }
    }

    private static AuditReceipt ReceiptOf(EventPlace place, string logId, DateTimeOffset time) => new()
    {
        LogId = logId,
        SegmentId = place.SegmentId,
        Sequence = place.Sequence,
        Hash = LineTrailer.ToText(place.Hash),
        Time = time,
    };
}
