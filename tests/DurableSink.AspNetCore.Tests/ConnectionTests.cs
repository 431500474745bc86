using System.Net;
using System.Net.WebSockets;
using DurableSink.Tests.Commit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace DurableSink.Tests.AspNetCore;

/// <summary>WebSockets and trailers: answers of other kinds.</summary>
public sealed class ConnectionTests
{
    public static TheoryData<bool, bool> Sockets => new() { { true, false }, { false, false }, { true, true }, { false, true } };

    [Theory]
    [MemberData(nameof(Sockets))]
    public async Task A_WebSocket_opens_when_the_events_before_it_are_durable(bool socketsOutside, bool http2)
    {
        await using var site = await SiteAsync(socketsOutside, http2);
        using var hold = site.HoldDrive();
        using var socket = Socket(http2);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        var connecting = socket.ConnectAsync(AddressOf(site), invoker, AuditSite.Cancellation);
        hold.WaitEntered();
        Soon.IsNot(() => connecting.IsCompleted);
        hold.Release();
        await connecting;
        var received = await socket.ReceiveAsync(new byte[10], AuditSite.Cancellation);
        Assert.Equal(4, received.Count);
        Assert.Equal(["Ordered"], site.AfterCut());
    }

    [Theory]
    [MemberData(nameof(Sockets))]
    public async Task Where_they_cannot_be_it_does_not_open(bool socketsOutside, bool http2)
    {
        await using var site = await SiteAsync(socketsOutside, http2);
        site.FailDrive();
        using var socket = Socket(http2);
        socket.Options.CollectHttpResponseDetails = true;
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(AddressOf(site), invoker, AuditSite.Cancellation));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, socket.HttpStatusCode);
    }

    [Fact]
    public async Task Trailers_of_an_answer_that_does_not_leave_do_not_leave()
    {
        await using var site = await SiteAsync(false, http2: true);
        using var response = await site.BeginAsync("/trailers", version: HttpVersion.Version20);
        Assert.Equal("text", await response.Content.ReadAsStringAsync(AuditSite.Cancellation));
        Assert.Equal(["1"], response.TrailingHeaders.GetValues("Order"));
        site.FailDrive();
        using var refused = await site.BeginAsync("/trailers", version: HttpVersion.Version20);
        await Answers.AssertRefusedAsync(refused);
        Assert.Empty(refused.TrailingHeaders);
    }

    private static ClientWebSocket Socket(bool http2)
    {
        var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (http2 ? HttpVersion.Version20 : HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact);
        return socket;
    }

    private static Uri AddressOf(AuditSite site) => new UriBuilder(site.Address) { Scheme = "ws", Path = "/socket" }.Uri;

    private static Task<AuditSite> SiteAsync(bool socketsOutside, bool http2) => AuditSite.StartAsync(
        app =>
        {
            if (socketsOutside) app.UseWebSockets();
            app.UseDurableAudit();
            if (!socketsOutside) app.UseWebSockets();
            app.Map("/socket", async (HttpContext context, IAuditLog audit) =>
            {
                await Careless.Drop(audit);
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                await socket.SendAsync("text"u8.ToArray(), WebSocketMessageType.Text, true, context.RequestAborted);
            });
            app.MapGet("/trailers", async (HttpContext context, IAuditLog audit) =>
            {
                await context.Response.WriteAsync("text");
                context.Response.AppendTrailer("Order", "1");
                await Careless.Drop(audit);
            });
        },
        kestrel: http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
}
