using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace SegmentShipper.Tests.S3;

/// <summary>Stands before a real server and passes on what it is asked, but for what a test does to some of it.</summary>
internal sealed class MisbehavingProxy : IAsyncDisposable
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private readonly WebApplication _app;
    private readonly string _target;

    private MisbehavingProxy(WebApplication app, string target) => (_app, _target) = (app, target);

    /// <summary>What is done to a request; null passes it on. True: it was answered.</summary>
    public Func<Exchange, Task<bool>>? Misbehave { get; set; }

    public string Endpoint => _app.Urls.Single();

    /// <summary>What was asked, as <c>PUT /bucket/key</c>.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>What the real server answered to that, as <c>PUT /bucket/key 200</c>, whoever got to hear of it.</summary>
    public List<string> Answers { get; } = [];

    public static async Task<MisbehavingProxy> StartAsync(string target)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(o => o.Limits.MaxRequestBodySize = null).UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var proxy = new MisbehavingProxy(app, target);
        app.Run(proxy.HandleAsync);
        await app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync(); // a request that hangs is not waited for
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        lock (Requests) Requests.Add($"{context.Request.Method} {context.Request.Path}");
        var exchange = new Exchange(context, _target, Answers);
        if (Misbehave is { } misbehave && await misbehave(exchange)) return;
        await exchange.AnswerAsync(await exchange.PassOnAsync());
    }

    /// <summary>A request and what becomes of it.</summary>
    internal sealed class Exchange(HttpContext context, string target, List<string> answers)
    {
        public string Method => context.Request.Method;

        public bool IsPut => Method == "PUT";

        public IHeaderDictionary Headers => context.Request.Headers;

        /// <summary>Asks the real server.</summary>
        public async Task<HttpResponseMessage> PassOnAsync()
        {
            using var request = new HttpRequestMessage(new HttpMethod(Method), target + context.Features.Get<IHttpRequestFeature>()!.RawTarget);
            if (context.Request.ContentLength > 0 || IsPut || Method == "POST")
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                request.Content = new ByteArrayContent(body.ToArray());
            }

            foreach (var (name, values) in Headers)
                if (!request.Headers.TryAddWithoutValidation(name, values.ToArray())) request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
            var answer = await Client.SendAsync(request, HttpCompletionOption.ResponseContentRead);
            lock (answers) answers.Add($"{Method} {context.Request.Path} {(int)answer.StatusCode}");
            return answer;
        }

        /// <summary>Hands the server's answer on, changed or cut.</summary>
        public async Task AnswerAsync(HttpResponseMessage answer, Action<IHeaderDictionary>? change = null, bool truncate = false)
        {
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
                if (name is not ("Transfer-Encoding" or "Connection")) context.Response.Headers[name] = values.ToArray();
            change?.Invoke(context.Response.Headers);
            var body = await answer.Content.ReadAsByteArrayAsync();
            answer.Dispose();
            if (Method == "HEAD") return;
            if (truncate)
            {
                context.Response.ContentLength = Math.Max(body.Length, 100);
                await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
                await context.Response.Body.FlushAsync();
                context.Abort();
                return;
            }

            await context.Response.Body.WriteAsync(body);
        }

        public async Task<bool> FailAsync(HttpStatusCode status, string code)
        {
            context.Response.StatusCode = (int)status;
            context.Response.ContentType = "application/xml";
            await context.Response.WriteAsync($"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>Made up by a test.</Message><RequestId>made-up-1</RequestId></Error>");
            return true;
        }

        public bool Reset()
        {
            context.Abort();
            return true;
        }

        /// <summary>Never answers.</summary>
        public async Task<bool> HangAsync()
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
            return true;
        }
    }
}
