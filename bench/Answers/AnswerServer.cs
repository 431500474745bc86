using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DurableSink.Bench.Answers;

/// <summary>A web server on the loopback that answers the same with <c>UseDurableAudit</c>, below <c>/held</c>, and without it, below <c>/plain</c>.</summary>
internal static class AnswerServer
{
    public const FsyncPolicy Policy = FsyncPolicy.Always;

    public static async Task<(WebApplication App, Uri Address)> StartAsync(string folder)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting();
        builder.Services.AddDurableAudit("orders", o => (o.Directory, o.Fsync, o.OnNotice) = (folder, Policy, static _ => { }));
        var app = builder.Build();
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/held"), held => held.UseDurableAudit());
        app.MapGet("/{pipeline}/none", Answer);
        app.MapGet("/{pipeline}/awaited", async (IAuditLog audit) =>
        {
            await audit.WriteAsync("Order {OrderId} placed by {Customer}", 12345, "customer");
            return Answer();
        });
        app.MapGet("/{pipeline}/dropped", (IAuditLog audit) =>
        {
#pragma warning disable CA2012 // what the middleware waits for in the handler's place
            _ = audit.WriteAsync("Order {OrderId} placed by {Customer}", 12345, "customer");
#pragma warning restore CA2012
            return Answer();
        });
        await app.StartAsync();
        return (app, new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()));
    }

    private static IResult Answer() => Results.Created("/orders/12345", new { OrderId = 12345, Customer = "customer", Status = "placed" });
}
