using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.AspNetCore;

/// <summary>An event that the log did not take will never be durable.</summary>
public sealed class RefusedEventTests
{
    private static readonly string TooLarge = new('x', 5000);

    [Theory]
    [InlineData("dropped")]
    [InlineData("caught")]
    [InlineData("logged")]
    public async Task An_event_that_found_no_room_is_not_answered_with_a_success(string way)
    {
        await using var site = await SiteAsync();
        using (site.HoldDrive())
        {
            Fill(site.Log, TooLarge[..3000]);
            Fill(site.Log, "");
            using var refused = await site.GetAsync("/" + way);
            var problem = await Answers.AssertRefusedAsync(refused, inDoubt: false);
            Assert.Equal("The audit log accepted none of its events. It was not acknowledged, and is not recorded.", problem.GetProperty("detail").GetString());
        }

        site.Log.Flush();
        using var response = await site.GetAsync("/" + way);
        await Answers.AssertCreatedAsync(response);
    }

    [Theory]
    [InlineData("large")]
    [InlineData("large logged")]
    [InlineData("cancelled before")]
    public async Task An_event_that_could_not_be_taken_is_not_answered_with_a_success_but_with_the_applications_error(string way)
    {
        await using var site = await SiteAsync();
        using var refused = await site.GetAsync("/" + way);
        await Answers.AssertRefusedAsync(refused, inDoubt: false);
        using var error = await site.GetAsync("/" + way + "?status=413");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, error.StatusCode);
        Assert.Equal("created", await error.Content.ReadAsStringAsync(AuditSite.Cancellation));
    }

    [Fact]
    public async Task With_one_event_accepted_and_one_refused_the_request_is_in_doubt()
    {
        await using var site = await SiteAsync();
        using var refused = await site.GetAsync("/one of two");
        await Answers.AssertRefusedAsync(refused, inDoubt: true);
        using var logged = await site.GetAsync("/one of two logged");
        await Answers.AssertRefusedAsync(logged, inDoubt: true);
        Assert.Equal(["Ordered", "Ordered"], site.AfterCut());
    }

    /// <summary>Until the buffer takes no more of these.</summary>
    private static void Fill(DurableLog log, string value)
    {
        Task write;
        do write = log.AppendAsync(DurableEvent.Create("{X}", value), AuditSite.Cancellation).AsTask();
        while (!write.IsFaulted);
    }

    private static Task<AuditSite> SiteAsync() => AuditSite.StartAsync(
        app =>
        {
            app.UseDurableAudit();
            app.MapGet("/{way}", async (string way, int? status, HttpContext context, IAuditLog audit, ILoggerFactory loggers) =>
            {
                var logger = loggers.CreateLogger("Shop.Payments");
                if (way == "one of two") await audit.WriteAsync("Ordered", [], context.RequestAborted);
                if (way == "one of two logged") logger.LogInformation("Ordered");
                await (way switch
                {
                    "dropped" => Careless.Drop(audit),
                    "caught" => Careless.Caught(() => audit.WriteAsync("Ordered", [], default).AsTask()),
                    "logged" => Careless.Caught(() => Task.Run(() => logger.LogInformation("Ordered"))),
                    "large logged" => Careless.Caught(() => Task.Run(() => logger.LogInformation("{X}", TooLarge))),
                    "cancelled before" => Careless.Caught(() => audit.WriteAsync("Ordered", [], new CancellationToken(canceled: true)).AsTask()),
                    _ => Careless.Drop(audit, "{X}", TooLarge),
                });
                if (status is null)
                {
                    await Answers.CreatedAsync(context);
                    return;
                }

                context.Response.StatusCode = status.Value;
                await context.Response.WriteAsync("created");
            });
        },
        configure: o => (o.Categories, o.MaxEventBytes, o.BufferBytes) = (["Shop"], 4096, 64 << 10));
}
