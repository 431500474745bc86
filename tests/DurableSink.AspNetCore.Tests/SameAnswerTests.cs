using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace DurableSink.Tests.AspNetCore;

/// <summary>Where nothing fails, an answer is the one that it is without the middleware.</summary>
public sealed class SameAnswerTests
{
    public static TheoryData<string, string, bool> Answers
    {
        get
        {
            var all = new TheoryData<string, string, bool>();
            foreach (var path in new[] { "json", "created", "empty", "no-content", "not-modified", "text", "length", "writer", "sync", "arrays", "properties", "refusals", "file", "started", "completed", "callbacks", "redirect", "missing" })
            {
                all.Add("GET", path, false);
                all.Add("GET", path, true);
            }

            foreach (var path in new[] { "json", "length", "file" }) all.Add("HEAD", path, false);
            all.Add("GET", "trailers", true);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task It_is_the_same_as_without(string method, string path, bool http2)
    {
        Assert.Equal(await AnswerAsync(method, path, http2, isHeld: false), await AnswerAsync(method, path, http2, isHeld: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_compressed_by_who_stands_outside_or_inside(bool outside)
    {
        await using var site = await AuditSite.StartAsync(
            app =>
            {
                if (outside) app.UseResponseCompression();
                app.UseDurableAudit(o => o.BufferBytes = 1024);
                if (!outside) app.UseResponseCompression();
                app.MapGet("/text", async (IAuditLog audit, HttpContext context) =>
                {
                    await Careless.Drop(audit);
                    context.Response.ContentType = "text/plain";
                    for (var i = 0; i < 100; i++) await context.Response.WriteAsync(new string('x', 1000));
                });
            },
            builder => builder.Services.AddResponseCompression(),
            kestrel: HttpProtocols.Http1);
        using var response = await Ask();
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        await using var body = new GZipStream(await response.Content.ReadAsStreamAsync(AuditSite.Cancellation), CompressionMode.Decompress);
        using var reader = new StreamReader(body);
        Assert.Equal(new string('x', 100_000), await reader.ReadToEndAsync(AuditSite.Cancellation));
        site.FailDrive();
        using var refused = await Ask();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Empty(refused.Content.Headers.ContentEncoding); // problem details are no type that it compresses by default

        Task<HttpResponseMessage> Ask()
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/text");
            request.Headers.AcceptEncoding.Add(new("gzip"));
            return site.Client.SendAsync(request, AuditSite.Cancellation);
        }
    }

    [Fact]
    public async Task For_the_pipeline_it_has_started_with_the_first_byte()
    {
        var seen = new List<string>();
        await using var site = await AuditSite.StartAsync(app =>
        {
            app.UseDurableAudit();
            app.MapGet("/", async context =>
            {
                seen.Add($"{context.Response.HasStarted}");
                await context.Response.WriteAsync("x");
                seen.Add($"{context.Response.HasStarted}");
                Assert.Throws<InvalidOperationException>(() => context.Response.StatusCode = 500);
                Assert.Throws<InvalidOperationException>(() => context.Response.OnStarting(() => Task.CompletedTask));
            });
        });
        Assert.Equal("x", await site.Client.GetStringAsync(new Uri("/", UriKind.Relative), AuditSite.Cancellation));
        Assert.Equal(["False", "True"], seen);
    }

    private static async Task<string> AnswerAsync(string method, string path, bool http2, bool isHeld)
    {
        var completed = new TaskCompletionSource();
        await using var site = await AuditSite.StartAsync(
            app =>
            {
                if (isHeld) app.UseDurableAudit();
                app.Use((context, next) =>
                {
                    context.Response.OnCompleted(() =>
                    {
                        completed.SetResult();
                        return Task.CompletedTask;
                    });
                    return next(context);
                });
                Map(app);
            },
            kestrel: http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        using var response = await site.BeginAsync("/" + path, method, http2 ? HttpVersion.Version20 : null);
        var text = new StringBuilder().AppendLine($"{response.StatusCode} {response.ReasonPhrase}");
        var body = Convert.ToHexString(await response.Content.ReadAsByteArrayAsync(AuditSite.Cancellation));
        foreach (var header in response.Headers.Concat(response.Content.Headers).Concat(response.TrailingHeaders).Where(header => header.Key != "Date"))
            text.AppendLine($"{header.Key}: {string.Join(", ", header.Value)}");
        await completed.Task.WaitAsync(AuditSite.Cancellation);
        return text.Append(body).ToString();
    }

    private static void Map(WebApplication app)
    {
        string[] methods = ["GET", "HEAD"];
        app.MapMethods("/json", methods, () => Results.Json(new { Order = 1 }));
        app.MapGet("/created", () => Results.Created("/orders/1", new { Order = 1 }));
        app.MapGet("/empty", () => Results.Ok());
        app.MapGet("/no-content", () => Results.NoContent());
        app.MapGet("/not-modified", () => Results.StatusCode(304));
        app.MapGet("/text", () => "text");
        app.MapGet("/redirect", () => Results.Redirect("/text"));
        app.MapMethods("/file", methods, () => Results.File(typeof(SameAnswerTests).Assembly.Location));
        app.MapMethods("/length", methods, context =>
        {
            context.Response.ContentLength = 4;
            return context.Response.WriteAsync("text");
        });
        app.MapGet("/writer", context =>
        {
            "text"u8.CopyTo(context.Response.BodyWriter.GetSpan(4));
            context.Response.BodyWriter.Advance(4); // not flushed: the end does that
            return Task.CompletedTask;
        });
        app.MapGet("/sync", context =>
        {
            context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
            context.Response.Body.Write("text"u8);
            context.Response.Body.Flush();
            return Task.CompletedTask;
        });
        app.MapGet("/arrays", async context =>
        {
            context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
            var (body, text) = (context.Response.Body, Encoding.UTF8.GetBytes("one two three"));
            body.Write(text, 0, 4);
            await Task.Factory.FromAsync(body.BeginWrite(text, 4, 4, null, null), body.EndWrite);
#pragma warning disable CA1835 // what is asked here is whether the old one works
            await body.WriteAsync(text, 8, 5, context.RequestAborted);
#pragma warning restore CA1835
        });
        app.MapGet("/properties", context =>
        {
            var body = context.Response.Body;
            return context.Response.WriteAsync($"{body.CanRead} {body.CanSeek} {body.CanWrite}");
        });
        app.MapGet("/refusals", async context =>
        {
            var body = context.Response.Body;
            Action[] all =
            [
                () => _ = body.Length, () => _ = body.Position, () => body.Position = 1, () => body.ReadExactly(new byte[1]), () => body.Seek(0, SeekOrigin.Begin),
                () => body.SetLength(1),
            ];
            foreach (var one in all) await context.Response.WriteAsync($"{Record.Exception(one)?.GetType()}\n");
        });
        app.MapGet("/started", context => context.Response.StartAsync());
        app.MapGet("/completed", async context =>
        {
            await context.Response.WriteAsync("text");
            await context.Response.CompleteAsync();
        });
        app.MapGet("/callbacks", async context =>
        {
            context.Response.OnStarting(() => Late(context, "first"));
            context.Response.OnStarting(() => Late(context, "last"));
            await context.Response.WriteAsync("text");
        });
        app.MapGet("/trailers", async context =>
        {
            context.Response.DeclareTrailer("Sum");
            await context.Response.WriteAsync("text");
            context.Response.AppendTrailer("Sum", "4");
        });
        app.MapGet("/missing", async context =>
        {
            context.Response.StatusCode = 404;
            await context.Response.WriteAsync("text");
        });
    }

    private static Task Late(HttpContext context, string value)
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.Headers.Append("Late", value);
        return Task.CompletedTask;
    }
}
