namespace DurableSink;

/// <summary>
/// An audit log, as <c>AddDurableAudit</c> adds it: what is written is durable when the task completes, under every policy, or the task
/// fails. All members may be used from any thread; concurrent writers share one flush.
/// </summary>
/// <remarks>
/// Each event carries the time of the call and the trace and span id of the ambient activity. The call itself may wait: for the opening,
/// at the log's first use, and for room in the buffer, at most <see cref="DurableLogOptions.BlockTimeout"/>. What the task can fail with:
/// <list type="bullet">
/// <item><see cref="EventTooLargeException"/>: not accepted, its line would be longer than <see cref="DurableLogOptions.MaxEventBytes"/>.</item>
/// <item><see cref="DurableLogFullException"/>: not accepted, the buffer stayed full.</item>
/// <item><see cref="ObjectDisposedException"/>: not accepted, the application has closed the log.</item>
/// <item><see cref="OperationCanceledException"/>: not accepted, the token was cancelled before the call;
/// but <see cref="DurableOutcomeUnknownException"/>, which is one: cancelled while it waited. Cancellation ends only the wait: the event
/// is accepted, has the number that the exception names, and may become durable.</item>
/// <item><see cref="DurableLogException"/> itself: in doubt, the event may still stand in the log, now or later; or, where the message says
/// that the log cannot be opened, not accepted.</item>
/// </list>
/// A write that is tried again after an outcome in doubt may stand in the log twice, unless it has an idempotency key
/// (<see cref="WithIdempotencyKey"/>).
/// </remarks>
public interface IAuditLog
{
    /// <summary>
    /// The same log for one event that is written at most once, however often it is tried: <c>await
    /// audit.WithIdempotencyKey(key).WriteAsync(…)</c>. A retry with the same key and content writes nothing and gets the first receipt, also
    /// while the first attempt is still under way, after one whose outcome is in doubt or was never seen, and after a restart or crash.
    /// <para>The key is known to this log's directory only, for <see cref="DurableAuditOptions.IdempotencyAge"/> and as long as it is one of the
    /// last <see cref="DurableAuditOptions.IdempotencyKeys"/>. It stands in the event as the property <c>IdempotencyKey</c>, which the event must
    /// not have itself. Content is template, renderings, level and properties; not time, trace and exception.</para>
    /// </summary>
    /// <param name="idempotencyKey">1 to 255 characters, such as a GUID or what a client sent in the header <c>Idempotency-Key</c>.</param>
    /// <returns>A view of this log whose writes have the key, and fail with <see cref="IdempotencyConflictException"/> where the key belongs to
    /// an event of other content; nothing is written then.</returns>
    /// <exception cref="ArgumentException">The key is empty, too long, or no text that UTF-8 can hold.</exception>
    IAuditLog WithIdempotencyKey(string idempotencyKey);

    /// <summary>Writes an event from a message template and the values of its holes, in order:
    /// <c>WriteAsync("Order {OrderId} placed by {Customer}", id, customer)</c>. A value of <c>{@X}</c> is serialised by
    /// <see cref="DurableAuditOptions.TypeInfoResolver"/>.</summary>
    /// <param name="messageTemplate">The template.</param>
    /// <param name="args">The values. Those beyond the template's holes are written as <c>__0</c>, <c>__1</c>, …</param>
    /// <returns>The receipt, when the event is durable.</returns>
    /// <exception cref="ArgumentException">One of the values is a <see cref="CancellationToken"/>: it belongs after the values, which
    /// stand in brackets then.</exception>
    ValueTask<AuditReceipt> WriteAsync(string messageTemplate, params object?[] args);

    /// <summary>The same, with a token that ends the wait: <c>WriteAsync("Order {OrderId} placed by {Customer}", [id, customer], token)</c>.</summary>
    /// <param name="messageTemplate">The template.</param>
    /// <param name="args">The values of its holes, in order.</param>
    /// <param name="cancellationToken">Ends only the wait. One that is cancelled already keeps the event out.</param>
    /// <returns>The receipt, when the event is durable.</returns>
    /// <exception cref="ArgumentException">One of the values is a <see cref="CancellationToken"/>.</exception>
    ValueTask<AuditReceipt> WriteAsync(string messageTemplate, object?[] args, CancellationToken cancellationToken);

    /// <summary>Writes an event with a level, exception, time or properties of its own.</summary>
    /// <param name="e">The event.</param>
    /// <param name="cancellationToken">Ends only the wait. One that is cancelled already keeps the event out.</param>
    /// <returns>The receipt, when the event is durable.</returns>
    /// <exception cref="ArgumentException">The event has no message template.</exception>
    ValueTask<AuditReceipt> WriteAsync(DurableEvent e, CancellationToken cancellationToken = default);

    /// <summary>Writes an object under a message template: the members of its JSON become the event's properties, and fill the holes of
    /// their names: <c>WriteObjectAsync("Order {OrderId} placed by {Customer}", order)</c>. (Of another name than
    /// <see cref="WriteAsync(string, object?[])"/>, so that a single value of a template is not taken for an object.)</summary>
    /// <typeparam name="T">The object's type, which <see cref="DurableAuditOptions.TypeInfoResolver"/> must know.</typeparam>
    /// <param name="messageTemplate">The template.</param>
    /// <param name="payload">The object. Formats of holes (<c>{Total:0.00}</c>) do not apply to it.</param>
    /// <param name="cancellationToken">Ends only the wait. One that is cancelled already keeps the event out.</param>
    /// <returns>The receipt, when the event is durable.</returns>
    /// <exception cref="ArgumentException">Its JSON is no object, names a member twice, or cannot be made.</exception>
    /// <exception cref="InvalidOperationException"><see cref="DurableAuditOptions.TypeInfoResolver"/> does not know the type, or is not set.</exception>
    ValueTask<AuditReceipt> WriteObjectAsync<T>(string messageTemplate, T payload, CancellationToken cancellationToken = default);
}
