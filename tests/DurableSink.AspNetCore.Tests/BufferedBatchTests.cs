using DurableSink.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DurableSink.Tests.AspNetCore;

/// <summary>What log buffering held back of an audit category, and hands over within a request.</summary>
public sealed class BufferedBatchTests
{
    private static readonly string TooLarge = new('x', 5000);

    [Fact]
    public async Task A_batch_that_is_durable_is_answered_with_a_success()
    {
        await using var site = await SiteAsync();
        using var response = await site.GetAsync("/batch?records=Ordered&records=Paid");
        await Answers.AssertCreatedAsync(response);
        Assert.Equal(["Ordered", "Paid"], site.AfterCut());
    }

    [Fact]
    public async Task With_one_record_accepted_and_one_refused_the_request_is_in_doubt()
    {
        await using var site = await SiteAsync();
        using var refused = await site.GetAsync($"/batch?records=Ordered&records={TooLarge}");
        await Answers.AssertRefusedAsync(refused, inDoubt: true);
        Assert.Equal(["Ordered"], site.AfterCut());
    }

    [Fact]
    public async Task A_batch_that_the_drive_did_not_take_is_not_answered_with_a_success()
    {
        await using var site = await SiteAsync();
        using var before = await site.GetAsync("/batch?records=Ordered");
        await Answers.AssertCreatedAsync(before);
        site.FailDrive();
        using var refused = await site.GetAsync("/batch?records=Paid");
        await Answers.AssertRefusedAsync(refused, inDoubt: true);
        Assert.Equal(["Ordered"], site.AfterCut());
    }

    private static Task<AuditSite> SiteAsync() => AuditSite.StartAsync(
        app =>
        {
            app.UseDurableAudit();
            app.MapGet("/batch", async (string[] records, HttpContext context) =>
            {
                var provider = context.RequestServices.GetServices<ILoggerProvider>().OfType<DurableAuditLoggerProvider>().Single();
                var buffered = Assert.IsType<IBufferedLogger>(provider.CreateLogger("Shop.Payments"), exactMatch: false);
                await Careless.Caught(() => Task.Run(() => buffered.LogRecords(records.Select(text => new Record(text)))));
                await Answers.CreatedAsync(context);
            });
        },
        configure: o => (o.Categories, o.MaxEventBytes) = (["Shop"], 4096));

    private sealed class Record(string text) : BufferedLogRecord
    {
        public override DateTimeOffset Timestamp => DateTimeOffset.UnixEpoch;

        public override LogLevel LogLevel => LogLevel.Information;

        public override EventId EventId => default;

        public override string MessageTemplate => text;
    }
}
