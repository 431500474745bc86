using System.Net;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>A web application whose drive fails: it goes on answering, and stops.</summary>
public sealed class WebAppTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_drive_that_fails_costs_no_request_but_those_that_are_told(bool throwOnFailure)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var drive = new SimulatedDrive(seed: 1);
        await using var app = WebApp(drive, throwOnFailure);
        await app.StartAsync(cancellation);
        using var client = app.GetTestClient();
        Assert.Equal("ok", await client.GetStringAsync("/log", cancellation));
        var log = app.Services.GetRequiredService<DurableLog>();
        Assert.Equal(log.LastSequence, log.DurableSequence);

        foreach (var call in new[] { DriveCall.Write, DriveCall.WriteDurable, DriveCall.Flush }) drive.FailNext(call, Errno.EIO, count: int.MaxValue);
        for (var i = 0; i < 50; i++) Assert.Equal("ok", await client.GetStringAsync("/quiet", cancellation)); // the framework logs four events for each
        for (var i = 0; i < 2; i++) // who is told waits until it is tried again
        {
            Assert.Equal(throwOnFailure ? "DurableLogException" : "ok", await client.GetStringAsync("/caught", cancellation));
            using var response = await client.GetAsync(new Uri("/log", UriKind.Relative), cancellation);
            Assert.Equal(throwOnFailure ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, response.StatusCode);
        }

        Assert.True(log.LastSequence > log.DurableSequence); // it did fail, and what the framework logged is still kept
        Soon.Done(app.StopAsync(cancellation));
        Soon.Done(app.DisposeAsync());
    }

    [Fact]
    public async Task A_drive_that_comes_back_misses_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var drive = new SimulatedDrive(seed: 1);
        await using var app = WebApp(drive, throwOnFailure: true);
        await app.StartAsync(cancellation);
        using var client = app.GetTestClient();
        await client.GetStringAsync("/log", cancellation);
        foreach (var call in new[] { DriveCall.Write, DriveCall.WriteDurable, DriveCall.Flush }) drive.FailNext(call, Errno.EIO, count: int.MaxValue);
        for (var i = 0; i < 2; i++) await client.GetStringAsync("/caught", cancellation);
        drive.FailNoMore();
        var log = app.Services.GetRequiredService<DurableLog>();
        Soon.Is(() => log.DurableSequence == log.LastSequence);
        Assert.Equal("ok", await client.GetStringAsync("/caught", cancellation));
        await app.StopAsync(cancellation);
        await app.DisposeAsync();
        var read = DriveApp.Read(drive);
        Assert.Equal(4, read.Count(e => e.GetProperty("SourceContext").GetString() == "Shop.Orders")); // told or not, they are there
        Assert.True(read.Count(e => e.GetProperty("SourceContext").GetString()!.StartsWith("Microsoft.", StringComparison.Ordinal)) > 4);
    }

    private static WebApplication WebApp(SimulatedDrive drive, bool throwOnFailure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
        builder.WebHost.UseTestServer();
        builder.Services.AddRouting();
        builder.Services.AddSingleton(_ => DriveApp.OnDrive(drive));
        builder.Logging.AddDurableFile(o =>
        {
            DriveApp.Choose(o);
            (o.Fsync, o.ThrowOnFailure, o.ShutdownTimeout) = (FsyncPolicy.Always, throwOnFailure, TimeSpan.FromSeconds(1));
        });
        var app = builder.Build();
        app.Use(static async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch (AggregateException)
            {
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }
        });
        app.MapGet("/quiet", static () => "ok");
        app.MapGet("/log", static (ILoggerFactory loggers) =>
        {
            loggers.CreateLogger("Shop.Orders").LogInformation("Ordered");
            return "ok";
        });
        app.MapGet("/caught", static (ILoggerFactory loggers) =>
        {
            try
            {
                loggers.CreateLogger("Shop.Orders").LogInformation("Ordered");
                return "ok";
            }
            catch (AggregateException thrown) // the framework's wrapping
            {
                return thrown.InnerException!.GetType().Name;
            }
        });
        return app;
    }
}
