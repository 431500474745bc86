using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace DurableSink.Tests.AspNetCore;

/// <summary>What the tests' endpoints answer, and what clients make of it.</summary>
internal static class Answers
{
    /// <summary>A success with all that may give it away.</summary>
    public static async Task CreatedAsync(HttpContext context, string body = "created")
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = "/orders/1";
        context.Response.Cookies.Append("order", "1");
        context.Response.Headers["Order"] = "1";
        context.Response.OnStarting(() =>
        {
            context.Response.Headers["Order-Late"] = "1";
            return Task.CompletedTask;
        });
        await context.Response.WriteAsync(body, context.RequestAborted);
    }

    public static async Task AssertCreatedAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("/orders/1", response.Headers.Location?.OriginalString);
        Assert.True(response.Headers.Contains("Set-Cookie"));
        Assert.Equal(["1"], response.Headers.GetValues("Order"));
        Assert.Equal(["1"], response.Headers.GetValues("Order-Late"));
        Assert.Equal("created", await response.Content.ReadAsStringAsync(AuditSite.Cancellation));
    }

    /// <summary>503, and nothing of a success.</summary>
    public static async Task<JsonElement> AssertRefusedAsync(HttpResponseMessage response, bool inDoubt = true)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Null(response.Headers.Location);
        Assert.DoesNotContain(response.Headers, header => header.Key is "Set-Cookie" or "Order" or "Order-Late");
        var text = await response.Content.ReadAsStringAsync(AuditSite.Cancellation);
        Assert.DoesNotContain("created", text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(text);
        var problem = json.RootElement.Clone();
        Assert.Equal((503, "The request could not be recorded.", inDoubt),
            (problem.GetProperty("status").GetInt32(), problem.GetProperty("title").GetString(), problem.GetProperty("inDoubt").GetBoolean()));
        return problem;
    }
}
