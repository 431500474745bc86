using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace AuditApi.Demo;

/// <summary>What the clients saw of one round of requests.</summary>
internal sealed record Load(int Requests, TimeSpan Elapsed, double[] Milliseconds)
{
    public double RequestsPerSecond => Requests / Elapsed.TotalSeconds;
}

/// <summary>Concurrent clients that post orders over HTTP and remember every acknowledgement.</summary>
internal sealed class OrderClients(string url, int clients) : IDisposable
{
    private static readonly string[] Skus = ["tea-500", "cup-blue", "kettle", "tray-oak", "spoon-6"];

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = clients })
    {
        BaseAddress = new Uri(url),
        Timeout = TimeSpan.FromSeconds(30),
    };

    private int _orders;

    /// <summary>The orders that the server acknowledged with a 201.</summary>
    public ConcurrentQueue<OrderReceipt> Acknowledged { get; } = new();

    /// <summary>What became of every other request, in words.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    public async Task<Load> PostAsync(int requests)
    {
        var milliseconds = new double[requests];
        var next = -1;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            await Task.Yield(); // so that the first client's first request does not hold up the others
            for (int i; (i = Interlocked.Increment(ref next)) < requests;)
            {
                var sent = Stopwatch.GetTimestamp();
                await PostOneAsync(client);
                milliseconds[i] = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
            }
        }));
        return new Load(requests, Stopwatch.GetElapsedTime(start), milliseconds);
    }

    public void Dispose() => _http.Dispose();

    private async Task PostOneAsync(int client)
    {
        var n = Interlocked.Increment(ref _orders);
        var order = new NewOrder(string.Create(CultureInfo.InvariantCulture, $"customer-{client}"), Skus[n % Skus.Length], 1 + n % 9);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/orders") { Content = JsonContent.Create(order) };
            request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
            using var response = await _http.SendAsync(request);
            if (response.StatusCode == HttpStatusCode.Created && await response.Content.ReadFromJsonAsync<OrderReceipt>() is { } receipt)
                Acknowledged.Enqueue(receipt);
            else
                Refused.Enqueue($"HTTP {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Refused.Enqueue(e.Message);
        }
    }
}
