using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.AspNetCore;

/// <summary>An answer leaves after the audit events of its request, whoever wrote them and however; or it does not leave.</summary>
public sealed class HeldAnswerTests
{
    [Theory]
    [InlineData("dropped")]
    [InlineData("cancelled")]
    [InlineData("elsewhere")]
    [InlineData("flushed")]
    [InlineData("on starting")]
    public async Task D1_an_answer_leaves_only_when_the_events_that_nobody_waits_for_are_durable(string way)
    {
        await using var site = await SiteAsync();
        using var hold = site.HoldDrive();
        var answer = site.BeginAsync("/" + way);
        hold.WaitEntered();
        Soon.IsNot(() => answer.IsCompleted);
        hold.Release();
        using var response = await answer;
        await Answers.AssertCreatedAsync(response);
        Assert.Equal(["Ordered"], site.AfterCut());
    }

    [Theory]
    [InlineData("dropped")]
    [InlineData("cancelled")]
    [InlineData("elsewhere")]
    [InlineData("flushed")]
    [InlineData("on starting")]
    [InlineData("logged")]
    [InlineData("caught")]
    public async Task Where_an_event_cannot_be_made_durable_the_client_gets_503_and_nothing_of_the_answer(string way)
    {
        await using var site = await SiteAsync();
        site.FailDrive();
        using var refused = await site.GetAsync("/" + way);
        await Answers.AssertRefusedAsync(refused);
        Assert.Equal(["outside"], refused.Headers.GetValues("Kept"));
        site.Drive.FailNoMore();
        using var response = await site.GetAsync("/" + way);
        await Answers.AssertCreatedAsync(response);
    }

    [Fact]
    public async Task The_problem_is_written_by_the_applications_own_service()
    {
        await using var site = await SiteAsync(builder => builder.Services.AddProblemDetails(o =>
            o.CustomizeProblemDetails = problem => problem.ProblemDetails.Extensions["because"] = problem.Exception!.GetType().Name));
        site.FailDrive();
        using var refused = await site.GetAsync("/dropped");
        var problem = await Answers.AssertRefusedAsync(refused);
        Assert.Equal("DurableLogException", problem.GetProperty("because").GetString());
    }

    [Fact]
    public async Task An_event_that_became_durable_after_its_writer_was_told_of_a_failure_is_durable()
    {
        AuditSite? site = null;
        await using var disposed = site = await SiteAsync(then: (_, _) =>
        {
            site!.Drive.FailNoMore(); // its writer was told
            return Task.CompletedTask;
        });
        site.FailDrive();
        using var response = await site.GetAsync("/caught");
        await Answers.AssertCreatedAsync(response);
        Assert.Equal(["Ordered"], site.AfterCut());
    }

    [Fact]
    public async Task One_requests_failure_is_not_anothers()
    {
        await using var site = await SiteAsync();
        using var first = await site.GetAsync("/awaited");
        await Answers.AssertCreatedAsync(first);
        site.FailDrive();
        using var refused = await site.GetAsync("/dropped");
        await Answers.AssertRefusedAsync(refused);
        using var other = await site.GetAsync("/nothing");
        await Answers.AssertCreatedAsync(other);
    }

    [Fact]
    public async Task A_flush_that_fails_for_later_events_of_others_is_no_failure_of_this_request()
    {
        AuditSite? site = null;
        Hold? hold = null;
        Task? others = null;
        await using var disposed = site = await SiteAsync(then: (_, _) =>
        {
            hold!.WaitEntered(); // the request's own event is being written
            others = site!.Log.AppendAsync(new DurableEvent("Another's"), AuditSite.Cancellation).AsTask();
            foreach (var call in new[] { DriveCall.Write, DriveCall.WriteDurable }) site.Drive.FailNext(call, Errno.EIO, count: int.MaxValue, skip: 1);
            return Task.CompletedTask;
        });
        hold = site.HoldDrive();
        var answer = site.BeginAsync("/dropped");
        Soon.Is(() => site.Log.State().Waiters == 3); // both events, and the request
        hold.Dispose();
        using var response = await answer;
        await Answers.AssertCreatedAsync(response);
        await Assert.ThrowsAsync<DurableLogException>(() => others!);
    }

    [Fact]
    public async Task A_client_that_goes_away_stops_no_event()
    {
        await using var site = await SiteAsync();
        using (var hold = site.HoldDrive())
        {
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(AuditSite.Cancellation);
            var answer = site.Client.GetAsync(new Uri("/dropped", UriKind.Relative), gone.Token);
            hold.WaitEntered();
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        }

        Soon.Is(() => site.AfterCut() is ["Ordered"]);
    }

    [Fact]
    public async Task What_runs_on_after_the_request_is_not_its_own()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task? background = null;
        await using var site = await SiteAsync(then: (_, audit) =>
        {
            background = LateAsync(audit);
            return Task.CompletedTask;

            async Task LateAsync(IAuditLog audit)
            {
                await goOn.Task;
                await audit.WriteAsync("Late", [], default);
            }
        });
        using var response = await site.GetAsync("/nothing");
        await Answers.AssertCreatedAsync(response);
        goOn.SetResult();
        Soon.Done(background!);
        Assert.Equal(["Late"], site.AfterCut());
    }

    [Fact]
    public async Task The_wait_for_events_is_shared_by_requests()
    {
        await using var site = await SiteAsync();
        var before = site.Drive.Calls(DriveCall.Flush) + site.Drive.Calls(DriveCall.WriteDurable);
        using var hold = site.HoldDrive();
        var answers = Enumerable.Range(0, 20).Select(_ => site.BeginAsync("/dropped")).ToList();
        hold.WaitEntered();
        Soon.Is(() => site.Log.LastSequence == 20);
        Assert.DoesNotContain(answers, answer => answer.IsCompleted);
        hold.Release();
        foreach (var answer in answers)
        {
            using var response = await answer;
            await Answers.AssertCreatedAsync(response);
        }

        Assert.InRange(site.Drive.Calls(DriveCall.Flush) + site.Drive.Calls(DriveCall.WriteDurable) - before, 1, 5);
    }

    private static Task<AuditSite> SiteAsync(Action<WebApplicationBuilder>? add = null, Func<string, IAuditLog, Task>? then = null) => AuditSite.StartAsync(
        app =>
        {
            app.Use((context, next) =>
            {
                context.Response.Headers["Kept"] = "outside";
                return next(context);
            });
            app.UseDurableAudit();
            app.MapGet("/{way}", async (string way, HttpContext context, IAuditLog audit, ILoggerFactory loggers) =>
            {
                await (way switch
                {
                    "dropped" => Careless.Drop(audit),
                    "cancelled" => CancelAsync(audit),
                    "elsewhere" => Task.Run(() => Careless.Drop(audit)),
                    "flushed" => FlushAsync(context, audit),
                    "on starting" => WriteOnStarting(context, audit),
                    "logged" => Careless.Caught(() => Task.Run(() => loggers.CreateLogger("Shop.Payments").LogInformation("Ordered"))),
                    "caught" or "awaited" => Careless.Caught(() => audit.WriteAsync("Ordered", [], default).AsTask()),
                    _ => Task.CompletedTask,
                });
                if (then is not null) await then(way, audit);
                if (!context.Response.HasStarted) await Answers.CreatedAsync(context);
            });
        },
        add,
        o => o.Categories = ["Shop"]);

    private static async Task CancelAsync(IAuditLog audit)
    {
        using var source = new CancellationTokenSource();
        var write = audit.WriteAsync("Ordered", [], source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAsync<DurableOutcomeUnknownException>(() => write);
    }

    private static async Task FlushAsync(HttpContext context, IAuditLog audit)
    {
        await Answers.CreatedAsync(context);
        await context.Response.Body.FlushAsync();
        await context.Response.StartAsync();
        await Careless.Drop(audit);
    }

    private static Task WriteOnStarting(HttpContext context, IAuditLog audit)
    {
        context.Response.OnStarting(() => Careless.Drop(audit));
        return Task.CompletedTask;
    }
}
