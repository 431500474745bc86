using System.Diagnostics;
using DurableSink.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>A log call in its steady state allocates what the caller and the framework allocate, and nothing of ours.</summary>
[Collection(nameof(AllocationTests))]
public sealed partial class AllocationTests : IDisposable
{
    private const int Calls = 10_000;

    private readonly ServiceProvider _ours = Container(builder => builder.AddDurableFile(o => o.OnNotice = _ => { }));
    private readonly ServiceProvider _nothing = Container(builder => builder.AddProvider(new NothingProvider()));

    public void Dispose()
    {
        _ours.Dispose();
        _nothing.Dispose();
    }

    [Fact]
    public void A_call_with_a_template_allocates_only_its_arguments() => AssertSame(
        static logger => logger.LogInformation("User {UserId} ordered {Count} at {Price}", 42, 3L, 1.25m), isFree: false);

    [Fact]
    public void A_format_specifier_costs_nothing_more() => AssertSame(
        static logger => logger.LogInformation("Took {Elapsed,10:0.000} ms", 1.25), isFree: false);

    [Fact]
    public void A_defined_message_allocates_nothing() => AssertSame(static logger => Greeted(logger, "Ada", "tea", null), isFree: true);

    [Fact]
    public void A_source_generated_call_allocates_nothing() => AssertSame(static logger => Ordered(logger, "Ada", "tea"), isFree: true);

    [Fact]
    public void Scopes_and_an_activity_allocate_nothing()
    {
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        var request = new List<KeyValuePair<string, object?>> { new("RequestId", "1"), new("Path", "/orders") };
        var logger = Logger(_ours);
        using (logger.BeginScope(request))
        using (logger.BeginScope(new Dictionary<string, object?> { ["User"] = "Ada" }))
        using (logger.BeginScope<object>("a text"))
            Assert.Equal(0, Allocated(logger, static logger => Ordered(logger, "Ada", "tea")));
    }

    private void AssertSame(Action<ILogger> call, bool isFree)
    {
        var framework = Allocated(Logger(_nothing), call);
        Assert.Equal(isFree, framework == 0); // the measurement measures
        Assert.Equal(framework, Allocated(Logger(_ours), call));
    }

    /// <summary>Bytes per 10,000 calls, once the compiler has settled: the least of several rounds, as its own threads may be late.</summary>
    private static long Allocated(ILogger logger, Action<ILogger> call)
    {
        var least = long.MaxValue;
        var patience = Stopwatch.StartNew();
        for (var round = 0; round < 200 && patience.Elapsed < TimeSpan.FromSeconds(20); round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++) call(logger);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            if (least == 0) break;
        }

        return least;
    }

    private static ILogger Logger(ServiceProvider container) => container.GetRequiredService<ILoggerFactory>().CreateLogger("Shop.Orders");

    private static ServiceProvider Container(Action<ILoggingBuilder> build) => new ServiceCollection()
        .AddSingleton(new DurableLogPool(_ => new Discarding()))
        .AddLogging(build)
        .BuildServiceProvider();

    private static readonly Action<ILogger, string, string, Exception?> Greeted =
        LoggerMessage.Define<string, string>(LogLevel.Information, new EventId(3, "Greeted"), "Hello {Name}, {What}?");

    [LoggerMessage(EventId = 12, Level = LogLevel.Warning, Message = "User {User} ordered {What}")]
    private static partial void Ordered(ILogger logger, string user, string what);

    private sealed class Discarding : ILineTarget
    {
        public DurableLog Log => throw new NotSupportedException();

        public int MaxBodyBytes => 256 << 10;

        public long AppendLine(ReadOnlySpan<byte> body, bool waitDurable, bool told) => body.Length;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }

    private sealed class NothingProvider : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }
    }
}
