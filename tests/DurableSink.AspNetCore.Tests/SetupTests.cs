using System.Net;
using DurableSink.Tests.Commit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace DurableSink.Tests.AspNetCore;

/// <summary>What is set up wrongly is said when the application is built; what is taken out is not held.</summary>
public sealed class SetupTests
{
    [Theory]
    [InlineData(1023)]
    [InlineData((64 << 20) + 1)]
    public async Task A_bound_out_of_its_range_is_refused_by_name_value_and_limits(int bytes)
    {
        var refused = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => AuditSite.StartAsync(app => app.UseDurableAudit(o => o.BufferBytes = bytes)));
        Assert.Contains($"BufferBytes is {bytes}. Allowed: 1024 (1 KiB) to 67108864 (64 MiB).", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_audit_log_there_is_nothing_to_wait_for()
    {
        using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        var refused = Assert.Throws<InvalidOperationException>(() => new ApplicationBuilder(services).UseDurableAudit());
        Assert.Contains("AddDurableAudit", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/method")]
    [InlineData("/attribute")]
    public async Task An_endpoint_that_is_taken_out_answers_at_once(string path)
    {
        await using var site = await SiteAsync(times: 1);
        using var hold = site.HoldDrive();
        using var response = await site.GetAsync(path);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var other = site.GetAsync("/held");
        hold.WaitEntered();
        Soon.IsNot(() => other.IsCompleted);
        hold.Release();
        (await other).Dispose();
    }

    [Fact]
    public async Task Twice_in_the_pipeline_is_once()
    {
        await using var site = await SiteAsync(times: 2);
        site.FailDrive();
        using var refused = await site.GetAsync("/held");
        await Answers.AssertRefusedAsync(refused);
    }

    private static Task<AuditSite> SiteAsync(int times) => AuditSite.StartAsync(app =>
    {
        for (var i = 0; i < times; i++) app.UseDurableAudit();
        app.MapGet("/method", AnswerAsync).DisableDurableAudit();
        app.MapGet("/attribute", [DisableDurableAudit] (HttpContext context, IAuditLog audit) => AnswerAsync(context, audit));
        app.MapGet("/held", AnswerAsync);
    });

    private static async Task AnswerAsync(HttpContext context, IAuditLog audit)
    {
        await Careless.Drop(audit);
        await Answers.CreatedAsync(context);
    }
}
