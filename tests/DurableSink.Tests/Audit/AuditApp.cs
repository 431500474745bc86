using System.Collections.Concurrent;
using System.Text.Json;
using DurableSink.Tests.Logging;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DurableSink.Tests.Audit;

/// <summary>A host whose logs are real ones on a simulated drive.</summary>
internal sealed class AuditApp : IDisposable
{
    public AuditApp(Action<HostApplicationBuilder> build, Dictionary<string, string?>? configuration = null, SimulatedDrive? drive = null)
    {
        Drive = drive ?? new(seed: 1);
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Environment.ContentRootPath = "/app"; // on the simulated drive
        builder.Configuration.AddInMemoryCollection(configuration ?? []);
        builder.Services.AddSingleton(_ => DriveApp.OnDrive(Drive));
        build(builder);
        Host = builder.Build();
    }

    public SimulatedDrive Drive { get; }

    public IHost Host { get; }

    public ConcurrentQueue<DurableNotice> Notices { get; } = new();

    public IServiceProvider Services => Host.Services;

    public IAuditLog Only => Services.GetRequiredService<IAuditLog>();

    public IAuditLog Audit(string name) => Services.GetRequiredKeyedService<IAuditLog>(name);

    public ILogger Logger(string category) => Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

    /// <summary>One audit log named <c>orders</c>.</summary>
    public static AuditApp WithOrders(Action<DurableAuditOptions>? configure = null, SimulatedDrive? drive = null) => new(builder =>
        builder.Services.AddDurableAudit("orders", o =>
        {
            Choose(o);
            configure?.Invoke(o);
        }), drive: drive);

    public static void Choose(DurableLogOptions options) => (options.Preallocation, options.LockTimeout, options.BatchWindow, options.ShutdownTimeout) =
        (PreallocationMode.None, TimeSpan.Zero, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(20));

    public List<LogRecord> Records(string directory = "/app/logs/orders") => [.. new DurableLogReader(directory, Drive).Read()];

    public List<JsonElement> Read(string directory = "/app/logs/orders") => [.. Records(directory).Select(record =>
    {
        using var json = JsonDocument.Parse(record.Json);
        return json.RootElement.Clone();
    })];

    public AuditFinding Find(AuditReceipt receipt, string directory = "/app/logs/orders") => new DurableLogReader(directory, Drive).Find(receipt);

    public void Dispose() => Host.Dispose();
}

internal static class AuditWrites
{
    /// <summary>The overload that takes no token, which the tests' analyzer would have everywhere.</summary>
    public static Task<AuditReceipt> Write(this IAuditLog audit, string messageTemplate, params object?[] args) =>
#pragma warning disable xUnit1051
        audit.WriteAsync(messageTemplate, args).AsTask();
#pragma warning restore xUnit1051
}
