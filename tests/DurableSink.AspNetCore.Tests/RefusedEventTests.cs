using System.Net;
using DurableSink.Tests.Commit;
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

    [Fact]
    public async Task A_key_that_belongs_to_another_event_is_not_answered_with_a_success_but_with_the_applications_error()
    {
        await using var site = await SiteAsync();
        using var first = await site.GetAsync("/keyed?content=1");
        await Answers.AssertCreatedAsync(first);
        using var again = await site.GetAsync("/keyed?content=1");
        await Answers.AssertCreatedAsync(again);
        using var refused = await site.GetAsync("/keyed?content=2");
        await Answers.AssertRefusedAsync(refused, inDoubt: false);
        using var error = await site.GetAsync("/keyed?content=2&status=422");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, error.StatusCode);
        Assert.Equal(["Ordered {Content}"], site.AfterCut());
    }

    [Fact]
    public async Task A_retry_under_a_key_waits_for_the_first_write()
    {
        await using var site = await SiteAsync();
        using var hold = site.HoldDrive();
        var first = site.BeginAsync("/keyed?content=1");
        hold.WaitEntered();
        var again = site.BeginAsync("/keyed?content=1");
        Soon.IsNot(() => again.IsCompleted);
        Assert.Equal(1, site.Log.LastSequence);
        hold.Release();
        foreach (var answer in new[] { first, again })
        {
            using var response = await answer;
            await Answers.AssertCreatedAsync(response);
        }
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
            app.MapGet("/{way}", async (string way, int? content, int? status, HttpContext context, IAuditLog audit, ILoggerFactory loggers) =>
            {
                var logger = loggers.CreateLogger("Shop.Payments");
                if (way == "one of two") await audit.WriteAsync("Ordered", [], context.RequestAborted);
                if (way == "one of two logged") logger.LogInformation("Ordered");
                await (way switch
                {
                    "dropped" => Careless.Drop(audit),
                    "caught" => Careless.Caught(() => audit.WriteAsync("Ordered", [], default).AsTask()),
                    "logged" => Careless.Caught(() => Task.Run(() => logger.LogInformation("Ordered"))),
                    "keyed" => Careless.Drop(audit.WithIdempotencyKey("key"), "Ordered {Content}", content),
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
