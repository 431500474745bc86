using System.Net;
using DurableSink.Tests.Commit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace DurableSink.Tests.AspNetCore;

/// <summary>A drive that fails or is full while requests are in flight: none of them is answered with a success.</summary>
public sealed class FailingDriveTests
{
    private const int InFlight = 40;
    private static readonly string More = new('x', 9000); // than fits into a block that is written already

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, null)]
    [InlineData(true, HttpProtocols.Http1)]
    [InlineData(false, HttpProtocols.Http1)]
    public async Task Every_request_in_flight_gets_503_and_the_next_ones_succeed_when_the_drive_is_well(bool isFull, HttpProtocols? server)
    {
        await using var site = await SiteAsync(server);
        Assert.Equal(HttpStatusCode.Created, await OrderAsync(site, "before"));
        List<Task<HttpStatusCode>> answers;
        using (var hold = site.HoldDrive())
        {
            answers = [.. Enumerable.Range(0, InFlight).Select(n => OrderAsync(site, n % 2 == 0 ? "awaited" : "dropped"))];
            hold.WaitEntered();
            Soon.Is(() => site.Log.LastSequence == InFlight + 1);
            if (isFull) site.Drive.CapacityBytes = site.Drive.UsedBytes;
            else site.FailDrive();
        }

        foreach (var answer in answers) Assert.Equal(HttpStatusCode.ServiceUnavailable, await answer);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await OrderAsync(site, "dropped"));
        if (isFull) site.Drive.CapacityBytes = long.MaxValue;
        else site.Drive.FailNoMore();
        site.Log.Flush();
        for (var i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.Created, await OrderAsync(site, i % 2 == 0 ? "awaited" : "dropped"));
        Assert.Equal(1 + InFlight + 1 + 5, site.AfterCut().Count);
    }

    [Fact]
    public async Task Each_success_under_a_drive_that_comes_and_goes_is_durable()
    {
        await using var site = await SiteAsync(server: null);
        var created = 0;
        var refused = 0;
        for (var round = 0; round < 4; round++)
        {
            var answers = Enumerable.Range(0, InFlight).Select(_ => OrderAsync(site, "dropped")).ToList();
            if (round % 2 == 1) site.FailDrive();
            foreach (var answer in answers)
            {
                var status = await answer;
                if (status == HttpStatusCode.Created) created++;
                else if (status == HttpStatusCode.ServiceUnavailable) refused++;
                Assert.InRange(site.AfterCut().Count, created, (round + 1) * InFlight);
            }

            site.Drive.FailNoMore();
            site.Log.Flush();
        }

        Assert.Equal(4 * InFlight, created + refused);
        Assert.InRange(created, 2 * InFlight, 4 * InFlight);
    }

    private static async Task<HttpStatusCode> OrderAsync(AuditSite site, string how)
    {
        using var response = await site.GetAsync("/" + how);
        Assert.Equal(response.StatusCode == HttpStatusCode.Created, response.Headers.Location is not null);
        return response.StatusCode;
    }

    private static Task<AuditSite> SiteAsync(HttpProtocols? server) => AuditSite.StartAsync(
        app =>
        {
            app.UseDurableAudit();
            app.MapGet("/{how}", async (string how, IAuditLog audit) =>
            {
                if (how == "awaited") await audit.WriteAsync("Ordered {X}", [More], default);
                else await Careless.Drop(audit, "Ordered {X}", More);
                return Results.Created("/orders/1", null);
            });
        },
        kestrel: server);
}
