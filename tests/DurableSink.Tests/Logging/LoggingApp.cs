using DurableSink.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DurableSink.Tests.Logging;

/// <summary>A container whose durable log is a <see cref="CapturingLog"/>.</summary>
internal sealed class LoggingApp : IDisposable
{
    public LoggingApp(Action<DurableFileOptions>? configure = null, Action<ILoggingBuilder>? build = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton(new DurableLogPool(options =>
        {
            Opened.Add(options);
            return OpenFailsWith is null ? Log : throw OpenFailsWith;
        }));
        services.AddLogging(builder =>
        {
            builder.SetMinimumLevel(LogLevel.Trace);
            build?.Invoke(builder);
            builder.AddDurableFile(options =>
            {
                options.TimeProvider = Time;
                options.OnNotice = Notices.Add;
                configure?.Invoke(options);
            });
        });
        Services = services.BuildServiceProvider();
    }

    public ServiceProvider Services { get; }

    public CapturingLog Log { get; init; } = new();

    public FixedTime Time { get; } = new();

    public List<DurableLogOptions> Opened { get; } = [];

    public List<DurableNotice> Notices { get; } = [];

    public Exception? OpenFailsWith { get; set; }

    /// <summary>The body of the only event.</summary>
    public string Body => Xunit.Assert.Single(Log.Lines).Body;

    public ILogger Logger(string category = "Shop.Orders") => Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

    public void Dispose() => Services.Dispose();
}
