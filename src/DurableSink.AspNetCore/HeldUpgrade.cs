using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DurableSink.AspNetCore;

/// <summary>The ways by which a request's connection becomes another thing: each is an answer, and waits for the audit events before it.</summary>
internal sealed class HeldUpgrade(
    Answer answer, IHttpUpgradeFeature? upgrade, IHttpExtendedConnectFeature? connect, IHttpWebSocketFeature? webSocket)
    : IHttpUpgradeFeature, IHttpExtendedConnectFeature, IHttpWebSocketFeature
{
    public bool IsUpgradableRequest => upgrade!.IsUpgradableRequest;

    public bool IsExtendedConnect => connect!.IsExtendedConnect;

    public string? Protocol => connect!.Protocol;

    public bool IsWebSocketRequest => webSocket!.IsWebSocketRequest;

    /// <summary>Null for a request that asks for nothing of the kind: as nearly all.</summary>
    public static HeldUpgrade? Of(Answer answer, IFeatureCollection features)
    {
        var upgrade = features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } asked ? asked : null;
        var connect = features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } extended ? extended : null;
        var webSocket = features.Get<IHttpWebSocketFeature>() is { IsWebSocketRequest: true } socket ? socket : null;
        if (upgrade is null && connect is null && webSocket is null) return null;
        var held = new HeldUpgrade(answer, upgrade, connect, webSocket);
        if (upgrade is not null) features.Set<IHttpUpgradeFeature>(held);
        if (connect is not null) features.Set<IHttpExtendedConnectFeature>(held);
        if (webSocket is not null) features.Set<IHttpWebSocketFeature>(held);
        return held;
    }

    public void Restore(IFeatureCollection features)
    {
        if (upgrade is not null) features.Set(upgrade);
        if (connect is not null) features.Set(connect);
        if (webSocket is not null) features.Set(webSocket);
    }

    public async Task<Stream> UpgradeAsync()
    {
        await answer.LeaveAsync().ConfigureAwait(false);
        return await upgrade!.UpgradeAsync().ConfigureAwait(false);
    }

    public async ValueTask<Stream> AcceptAsync()
    {
        await answer.LeaveAsync().ConfigureAwait(false);
        return await connect!.AcceptAsync().ConfigureAwait(false);
    }

    public async Task<WebSocket> AcceptAsync(WebSocketAcceptContext context)
    {
        await answer.LeaveAsync().ConfigureAwait(false);
        return await webSocket!.AcceptAsync(context).ConfigureAwait(false);
    }
}
