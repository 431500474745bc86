using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace DurableSink.AspNetCore;

/// <summary>
/// What a client gets in place of an answer that must not leave: 503 with problem details (RFC 9457), in the app's own form where it has
/// one. No Retry-After: what was asked may have been done, so when to ask again is not ours to say.
/// </summary>
internal static class AuditProblem
{
    internal const string InDoubt = "inDoubt";
    private const string Type = "https://tools.ietf.org/html/rfc9110#section-15.6.4";
    private const string Title = "The request could not be recorded.";
    private const string Doubtful = "Its audit events could not be made durable. It is in doubt: it was not acknowledged, but it may have been carried out and recorded.";
    private const string Refused = "The audit log accepted none of its events. It was not acknowledged, and is not recorded.";

    public static async Task WriteAsync(HttpContext context, Exception failure, bool inDoubt)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        if (context.RequestServices.GetService<IProblemDetailsService>() is { } service)
        {
            var problem = new ProblemDetails { Status = context.Response.StatusCode, Type = Type, Title = Title, Detail = inDoubt ? Doubtful : Refused };
            problem.Extensions[InDoubt] = inDoubt;
            if (await service.TryWriteAsync(new() { HttpContext = context, ProblemDetails = problem, Exception = failure }).ConfigureAwait(false)) return;
        }

        var body = new ArrayBufferWriter<byte>(512);
        Write(body, inDoubt);
        (context.Response.ContentType, context.Response.ContentLength) = ("application/problem+json", body.WrittenCount);
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
    }

    private static void Write(ArrayBufferWriter<byte> body, bool inDoubt)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("type", Type);
        json.WriteString("title", Title);
        json.WriteNumber("status", StatusCodes.Status503ServiceUnavailable);
        json.WriteString("detail", inDoubt ? Doubtful : Refused);
        json.WriteBoolean(InDoubt, inDoubt);
        json.WriteEndObject();
    }
}
