using DurableSink;
using DurableSink.AspNetCore;
using DurableSink.Audit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Makes answers wait for the audit events of their requests.</summary>
public static class DurableAuditApplicationBuilderExtensions
{
    /// <summary>
    /// From here inwards, an answer (status, headers, body) leaves only after every audit event of its request is durable: what was
    /// written through <see cref="IAuditLog"/>, awaited or not, and what was logged in the <see cref="DurableAuditOptions.Categories"/> of an
    /// audit log. Where one of them cannot be made durable, the client gets <c>503</c> with problem details, and nothing of the answer.
    /// <para>Put it before what answers, <c>UseExceptionHandler</c> included: an answer made of an exception is held too.
    /// Endpoints are taken out by <see cref="DurableAuditEndpointConventionBuilderExtensions.DisableDurableAudit"/> or
    /// <see cref="DisableDurableAuditAttribute"/>.</para>
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">No audit log was added.</exception>
    public static IApplicationBuilder UseDurableAudit(this IApplicationBuilder app, Action<DurableAuditAnswerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        var options = new DurableAuditAnswerOptions();
        configure?.Invoke(options);
        if (options.BufferBytes is < DurableAuditAnswerOptions.LeastBytes or > DurableAuditAnswerOptions.MostBytes)
        {
            throw new ArgumentOutOfRangeException(nameof(configure), $"BufferBytes is {options.BufferBytes}. " +
                $"Allowed: {DurableAuditAnswerOptions.LeastBytes} (1 KiB) to {DurableAuditAnswerOptions.MostBytes} (64 MiB).");
        }

        if (!app.ApplicationServices.GetServices<AuditName>().Any())
            throw new InvalidOperationException("UseDurableAudit has no audit log to wait for. Add one: builder.Services.AddDurableAudit(\"orders\").");
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("DurableSink.AspNetCore");
        return app.Use(next => new DurableAuditMiddleware(next, options.BufferBytes, logger).InvokeAsync);
    }
}
