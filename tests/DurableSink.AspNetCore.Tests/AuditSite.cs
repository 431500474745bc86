using System.Net;
using System.Text.Json;
using DurableSink.Hosting;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace DurableSink.Tests.AspNetCore;

/// <summary>A web application with an audit log, <c>orders</c>, on a simulated drive; answered in memory, or by the real server on the loopback.</summary>
internal sealed class AuditSite : IAsyncDisposable
{
    private readonly WebApplication _app;

    private AuditSite(WebApplication app, SimulatedDrive drive) => (_app, Drive) = (app, drive);

    public SimulatedDrive Drive { get; }

    public HttpClient Client { get; private set; } = null!;

    public Uri Address { get; private set; } = new("http://localhost/");

    public DurableLog Log => _app.Services.GetRequiredKeyedService<DurableLog>("orders");

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The application's part is <paramref name="build"/>, which places the middleware too.</summary>
    public static async Task<AuditSite> StartAsync(
        Action<WebApplication> build, Action<WebApplicationBuilder>? add = null, Action<DurableAuditOptions>? configure = null, HttpProtocols? kestrel = null)
    {
        var drive = new SimulatedDrive(seed: 1);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
        if (kestrel is { } protocols) builder.WebHost.UseKestrelCore().ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        else builder.WebHost.UseTestServer();
        builder.Services.AddRouting();
        builder.Services.AddSingleton(_ => new DurableLogPool(options => DurableLogTarget.Of(DurableLog.OpenOn(drive, options))));
        builder.Services.AddDurableAudit("orders", o =>
        {
            (o.Directory, o.Preallocation, o.LockTimeout) = ("/logs/orders", PreallocationMode.None, TimeSpan.Zero);
            (o.BlockTimeout, o.ShutdownTimeout, o.OnNotice) = (TimeSpan.Zero, TimeSpan.FromSeconds(1), static _ => { });
            configure?.Invoke(o);
        });
        add?.Invoke(builder);
        var app = builder.Build();
        build(app);
        var site = new AuditSite(app, drive);
        await app.StartAsync(Cancellation);
        if (kestrel is null)
        {
            site.Client = app.GetTestClient();
        }
        else
        {
            site.Address = new(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
            site.Client = new HttpClient { BaseAddress = site.Address };
        }

        return site;
    }

    /// <summary>A request whose headers, at least, have come.</summary>
    public Task<HttpResponseMessage> BeginAsync(string path, string method = "GET", Version? version = null) => Client.SendAsync(
        new(new(method), path) { Version = version ?? HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
        HttpCompletionOption.ResponseHeadersRead, Cancellation);

    public Task<HttpResponseMessage> GetAsync(string path) => Client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);

    /// <summary>All that makes events durable fails from now on.</summary>
    public void FailDrive()
    {
        foreach (var call in new[] { DriveCall.Write, DriveCall.WriteDurable, DriveCall.Flush }) Drive.FailNext(call, Errno.EIO, count: int.MaxValue);
    }

    /// <summary>Holds what makes events durable.</summary>
    public Hold HoldDrive() => new(Drive, DriveCall.Write, DriveCall.WriteDurable);

    /// <summary>The events that a power cut would leave now, by their templates.</summary>
    public List<string> AfterCut() => [.. new DurableLogReader("/logs/orders", Drive.PowerCut(CutMode.None, 0)).Read().Select(record =>
    {
        using var json = JsonDocument.Parse(record.Json);
        return json.RootElement.GetProperty("@mt").GetString()!;
    })];

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Drive.FailNoMore();
        await _app.DisposeAsync();
    }
}
