using DurableSink.Audit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace DurableSink.AspNetCore;

/// <summary>Holds each answer until the audit events of its request are durable (D1).</summary>
internal sealed partial class DurableAuditMiddleware(RequestDelegate next, int bufferBytes, ILogger logger)
{
    public Task InvokeAsync(HttpContext context) => IsTakenOut(context) ? next(context) : HoldAsync(context);

    /// <summary>Also where it stands in the pipeline twice: the outer one is enough.</summary>
    private static bool IsTakenOut(HttpContext context) =>
        context.Features.Get<IHttpResponseFeature>() is null or HeldResponse ||
        context.GetEndpoint()?.Metadata.GetMetadata<DisableDurableAuditAttribute>() is not null;

    private async Task HoldAsync(HttpContext context)
    {
        using var answer = new Answer(context, AuditScope.Begin(), bufferBytes);
        try
        {
            await next(context).ConfigureAwait(false);
            await answer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception thrown)
        {
            if (await answer.FailAsync().ConfigureAwait(false)) throw;
            if (thrown is not DurableLogException) LogReplaced(thrown);
            return;
        }

        await answer.SendAsync().ConfigureAwait(false);
    }

    [LoggerMessage(EventName = "AnswerReplaced", Level = LogLevel.Error, Message = "A request ended with an exception, and not all of its audit events could be made durable: it was answered with 503.")]
    private partial void LogReplaced(Exception thrown);
}
