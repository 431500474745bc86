namespace DurableSink;

/// <summary>
/// On a controller, an action or a handler: its answers leave as they are written, and wait for no audit event that it did not await itself.
/// For endpoints that stream what the buffer must not hold back.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class DisableDurableAuditAttribute : Attribute;
