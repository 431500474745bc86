using System.Diagnostics;
using DurableSink.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>A log call in its steady state allocates what the caller and the framework allocate, and nothing of ours.</summary>
public sealed partial class AllocationTests : IDisposable
{
    private const int Calls = 10_000;

    /// <summary>The compiler optimises in the background, after some thousand calls: on a busy machine it takes its time.</summary>
    private static readonly TimeSpan UntilCompiled = TimeSpan.FromSeconds(30);

    private readonly List<DurableNotice> _notices = [];
    private readonly Discarding _log = new();
    private readonly ServiceProvider _ours;
    private readonly ServiceProvider _nothing;

    public AllocationTests()
    {
        _ours = Container(builder => builder.AddDurableFile(o => o.OnNotice = _notices.Add));
        _nothing = Container(builder => builder.AddProvider(new NothingProvider()));
    }

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
        var user = new Dictionary<string, object?> { ["User"] = "Ada" };
        using (Logger(_ours).BeginScope(request))
        using (Logger(_ours).BeginScope(user))
        using (Logger(_ours).BeginScope("a text"))
            AssertSame(static logger => Ordered(logger, "Ada", "tea"), isFree: true);
    }

    private void AssertSame(Action<ILogger> call, bool isFree)
    {
        var (ours, nothing) = (Logger(_ours), Logger(_nothing));
        long oursBytes, nothingBytes, lines;
        var patience = Stopwatch.StartNew();
        do
        {
            nothingBytes = Allocated(nothing, call);
            lines = _log.Lines;
            oursBytes = Allocated(ours, call);
            lines = _log.Lines - lines;
        }
        while (oursBytes != nothingBytes && patience.Elapsed < UntilCompiled);
        Assert.Equal(isFree, nothingBytes == 0); // the measurement measures
        Assert.Equal(nothingBytes, oursBytes);
        Assert.Equal(Calls, lines);
        Assert.Empty(_notices);
    }

    /// <summary>Bytes of 10,000 calls.</summary>
    private static long Allocated(ILogger logger, Action<ILogger> call)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++) call(logger);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static ILogger Logger(ServiceProvider container) => container.GetRequiredService<ILoggerFactory>().CreateLogger("Shop.Orders");

    private ServiceProvider Container(Action<ILoggingBuilder> build) => new ServiceCollection()
        .AddSingleton(new DurableLogPool(_ => _log))
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

        public long Lines { get; private set; }

        public long AppendLine(ReadOnlySpan<byte> body, bool waitDurable, bool told) => ++Lines;

        public void Flush(bool told)
        {
        }

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
