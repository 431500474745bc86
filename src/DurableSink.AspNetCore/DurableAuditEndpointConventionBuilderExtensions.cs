using DurableSink;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Takes endpoints out of <c>UseDurableAudit</c>.</summary>
public static class DurableAuditEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Takes the endpoints out of <c>UseDurableAudit</c>: their answers leave as they are written, and wait for no audit event that the
    /// handler did not await itself. For endpoints that stream what the buffer must not hold back.
    /// </summary>
    public static TBuilder DisableDurableAudit<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new DisableDurableAuditAttribute());
}
