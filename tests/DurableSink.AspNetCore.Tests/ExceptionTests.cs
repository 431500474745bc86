using System.Net;
using DurableSink.Tests.Commit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace DurableSink.Tests.AspNetCore;

/// <summary>Exceptions out of the pipeline, with a handler outside or inside.</summary>
public sealed class ExceptionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_answer_to_an_exception_waits_for_the_events_too(bool handlerOutside)
    {
        await using var site = await SiteAsync(handlerOutside);
        using var hold = site.HoldDrive();
        var answer = site.BeginAsync("/throws");
        hold.WaitEntered();
        Soon.IsNot(() => answer.IsCompleted);
        hold.Release();
        using var response = await answer;
        await AssertHandledAsync(response);
        Assert.Equal(["Ordered"], site.AfterCut());
    }

    [Theory]
    [InlineData(true, "/throws")]
    [InlineData(false, "/throws")]
    [InlineData(true, "/throws?half=true")]
    [InlineData(false, "/throws?half=true")]
    public async Task Where_events_cannot_be_made_durable_it_is_503_whoever_handles_the_exception(bool handlerOutside, string path)
    {
        await using var site = await SiteAsync(handlerOutside);
        site.FailDrive();
        using var refused = await site.GetAsync(path);
        await Answers.AssertRefusedAsync(refused);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_half_answer_is_replaced_whole_by_a_handler_outside(bool thatClearsNothing)
    {
        await using var site = await SiteAsync(handlerOutside: true, outside: app =>
        {
            if (thatClearsNothing) app.Use(HandleAsync);
        });
        using var response = await site.GetAsync("/throws?half=true");
        await AssertHandledAsync(response);
        Assert.Null(response.Headers.Location);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Callbacks_of_a_pipeline_that_threw_run_when_the_answer_outside_starts()
    {
        await using var site = await SiteAsync(handlerOutside: true);
        using var response = await site.GetAsync("/throws");
        await AssertHandledAsync(response);
        Assert.Equal(["1", "2"], response.Headers.GetValues("Callback"));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Without_a_handler_the_server_answers(HttpProtocols server)
    {
        await using var site = await SiteAsync(handlerOutside: null, server);
        var version = server == HttpProtocols.Http2 ? HttpVersion.Version20 : null;
        using var response = await site.BeginAsync("/throws?half=true", version: version);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Null(response.Headers.Location);
        site.FailDrive();
        using var refused = await site.BeginAsync("/throws?half=true", version: version);
        await Answers.AssertRefusedAsync(refused);
    }

    [Fact]
    public async Task An_exception_after_a_part_has_left_breaks_the_answer_off()
    {
        await using var site = await SiteAsync(handlerOutside: true, HttpProtocols.Http1);
        using var response = await site.BeginAsync("/throws?half=true&length=2000");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(AuditSite.Cancellation));
    }

    private static async Task AssertHandledAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("handled", await response.Content.ReadAsStringAsync(AuditSite.Cancellation));
    }

    private static Task<AuditSite> SiteAsync(bool? handlerOutside, HttpProtocols? server = null, Action<WebApplication>? outside = null) => AuditSite.StartAsync(
        app =>
        {
            if (handlerOutside == true) Handle(app);
            outside?.Invoke(app);
            app.UseDurableAudit(o => o.BufferBytes = 1024);
            if (handlerOutside == false) Handle(app);
            app.MapGet("/throws", async (bool? half, int? length, HttpContext context, IAuditLog audit) =>
            {
                await Careless.Drop(audit);
                foreach (var value in new[] { "2", "1" })
                {
                    context.Response.OnStarting(() =>
                    {
                        context.Response.Headers.Append("Callback", value);
                        return Task.CompletedTask;
                    });
                }

                if (half == true) await Answers.CreatedAsync(context, new string('x', length ?? 100));
                throw new InvalidOperationException("half-way");
            });
        },
        kestrel: server);

    private static async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (InvalidOperationException)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsync("handled");
        }
    }

    private static void Handle(WebApplication app) => app.UseExceptionHandler(handler => handler.Run(context => context.Response.WriteAsync("handled")));
}
