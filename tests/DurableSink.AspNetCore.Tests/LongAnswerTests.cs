using System.Net;
using DurableSink.Tests.Commit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace DurableSink.Tests.AspNetCore;

/// <summary>An answer that is longer than the buffer, or must not be held: it leaves in parts, each after the events before it.</summary>
public sealed class LongAnswerTests
{
    private const int Bound = 1024;
    private static readonly byte[] Piece = [.. Enumerable.Range(0, 700).Select(n => (byte)('a' + n % 26))];

    public static TheoryData<HttpProtocols?, bool> Servers => new()
    {
        { null, false },
        { HttpProtocols.Http1, false },
        { HttpProtocols.Http1, true },
        { HttpProtocols.Http2, false },
        { HttpProtocols.Http2, true },
    };

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Nothing_leaves_before_the_events_written_before_it_and_all_arrives(HttpProtocols? server, bool withLength)
    {
        await using var site = await SiteAsync(server, withLength);
        using var hold = site.HoldDrive();
        var answer = BeginAsync(site, "/long", server);
        hold.WaitEntered();
        Soon.IsNot(() => answer.IsCompleted);
        hold.Release();
        using var response = await answer;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Enumerable.Repeat(Piece, 10).SelectMany(piece => piece), await response.Content.ReadAsByteArrayAsync(AuditSite.Cancellation));
        Assert.Equal(["First", "Second"], site.AfterCut());
    }

    public static TheoryData<HttpProtocols?, bool, string> Failures
    {
        get
        {
            var all = new TheoryData<HttpProtocols?, bool, string>();
            foreach (var (server, withLength) in Servers.Select(row => row.Data))
            {
                all.Add(server, withLength, "half-way");
                all.Add(server, withLength, "after the last byte");
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task An_event_that_fails_after_a_part_has_left_breaks_the_answer_off(HttpProtocols? server, bool withLength, string when)
    {
        await using var site = await SiteAsync(server, withLength);
        using var response = await BeginAsync(site, $"/long?fail={when}", server);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(AuditSite.Cancellation));
        site.Drive.FailNoMore();
        using var next = await BeginAsync(site, "/long", server);
        Assert.Equal(7000, (await next.Content.ReadAsByteArrayAsync(AuditSite.Cancellation)).Length);
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task An_event_that_fails_before_anything_has_left_is_answered_with_503(HttpProtocols? server, bool withLength)
    {
        await using var site = await SiteAsync(server, withLength);
        site.FailDrive();
        using var response = await BeginAsync(site, "/long", server);
        await Answers.AssertRefusedAsync(response);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "/unbuffered")]
    [InlineData(HttpProtocols.Http2, "/unbuffered")]
    [InlineData(HttpProtocols.Http1, "/events")]
    [InlineData(HttpProtocols.Http2, "/events")]
    public async Task Where_each_message_counts_it_leaves_at_once_and_after_the_events_before_it(HttpProtocols server, string path)
    {
        var goOn = new SemaphoreSlim(0);
        await using var site = await SiteAsync(server, false, goOn);
        using var response = await BeginAsync(site, path, server);
        await using var body = await response.Content.ReadAsStreamAsync(AuditSite.Cancellation);
        var buffer = new byte[100];
        Assert.Equal(4, await body.ReadAtLeastAsync(buffer, 4, cancellationToken: AuditSite.Cancellation)); // the handler has not ended
        using var hold = site.HoldDrive();
        goOn.Release();
        hold.WaitEntered();
        var second = body.ReadAtLeastAsync(buffer, 4, cancellationToken: AuditSite.Cancellation).AsTask();
        Soon.IsNot(() => second.IsCompleted);
        hold.Release();
        Assert.Equal(4, await second);
        Assert.Equal(["First", "Second"], site.AfterCut());
        site.FailDrive();
        goOn.Release();
        await Assert.ThrowsAnyAsync<Exception>(() => body.ReadAtLeastAsync(buffer, 1, cancellationToken: AuditSite.Cancellation).AsTask());
    }

    [Fact]
    public async Task A_file_longer_than_the_buffer_arrives_whole()
    {
        var file = typeof(LongAnswerTests).Assembly.Location;
        await using var site = await AuditSite.StartAsync(
            app =>
            {
                app.UseDurableAudit(o => o.BufferBytes = Bound);
                app.MapGet("/file", () => Results.File(file));
            },
            kestrel: HttpProtocols.Http1);
        Assert.Equal(await File.ReadAllBytesAsync(file, AuditSite.Cancellation), await site.Client.GetByteArrayAsync(new Uri("/file", UriKind.Relative), AuditSite.Cancellation));
    }

    private static Task<HttpResponseMessage> BeginAsync(AuditSite site, string path, HttpProtocols? server) =>
        site.BeginAsync(path, version: server == HttpProtocols.Http2 ? HttpVersion.Version20 : null);

    private static Task<AuditSite> SiteAsync(HttpProtocols? server, bool withLength, SemaphoreSlim? goOn = null)
    {
        AuditSite? site = null;
        return Remember(AuditSite.StartAsync(
            app =>
            {
                app.UseDurableAudit(o => o.BufferBytes = Bound);
                app.MapGet("/long", async (string? fail, HttpContext context, IAuditLog audit) =>
                {
                    await Careless.Drop(audit, "First");
                    if (withLength) context.Response.ContentLength = 10 * Piece.Length;
                    for (var i = 0; i < 5; i++) await context.Response.Body.WriteAsync(Piece, context.RequestAborted);
                    if (fail == "half-way") site!.FailDrive();
                    await Careless.Drop(audit, "Second");
                    await Careless.Caught(async () =>
                    {
                        for (var i = 0; i < 5; i++) await context.Response.Body.WriteAsync(Piece, context.RequestAborted);
                    });
                    if (fail != "after the last byte") return;
                    site!.FailDrive();
                    await Careless.Drop(audit, "Third");
                });
                app.MapGet("/{kind}", async (string kind, HttpContext context, IAuditLog audit) =>
                {
                    if (kind == "events") context.Response.ContentType = "text/event-stream";
                    else context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
                    foreach (var name in new[] { "First", "Second", "Third" })
                    {
                        await Careless.Drop(audit, name);
                        await context.Response.WriteAsync("one\n");
                        await context.Response.Body.FlushAsync();
                        await goOn!.WaitAsync(context.RequestAborted);
                    }
                });
            },
            kestrel: server));

        async Task<AuditSite> Remember(Task<AuditSite> starting) => site = await starting;
    }
}
