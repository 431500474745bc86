using System.Globalization;
using System.Text.Json.Nodes;
using DurableSink.Tests.Events;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Json;
using Serilog.Parsing;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>
/// The same calls through Serilog itself: its bridge, its pipeline and its own writer of values, put together as CLEF says. Here is
/// what is the same; what is not on purpose is in <see cref="Differences"/>.
/// </summary>
public sealed class SerilogComparisonTests
{
    [Fact]
    public void Templates_levels_ids_and_exceptions() => AssertSame(
        static logger => logger.LogInformation("User {UserId} ordered {Count}", 42, 3),
        static logger => logger.LogTrace("x"),
        static logger => logger.LogDebug("x"),
        static logger => logger.LogWarning(new EventId(7, "Name"), "x {A}", 1),
        static logger => logger.LogError(new EventId(7), new InvalidOperationException("no", new TimeoutException("why")), "x"),
        static logger => logger.LogCritical("{A} {A}", 1, 2),
        static logger => logger.LogInformation("{SourceContext} {EventId}", "mine", "too"),
        static logger => logger.LogInformation("{A:0.00} {B,8:x} {C:l} {D:u} {E} {F:yyyy}", 1.5, 255, "text", "quo\"ted", 7m, new DateTime(2026, 1, 1)),
        static logger => logger.Log(LogLevel.Information, default, new Dictionary<string, object?> { ["A"] = 1, ["{OriginalFormat}"] = "{A}" }, null, (_, _) => "x"),
        static logger => logger.Log((LogLevel)42, "x"));

    [Theory]
    [InlineData(true)]
    [InlineData(1)]
    [InlineData(-1L)]
    [InlineData((byte)1)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1.5)]
    [InlineData(0.1f)]
    [InlineData(1e300)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData("text")]
    [InlineData("")]
    [InlineData("line\nbreak \"quoted\" \\ \t \u0001 Grüße 👍 \u2028")]
    [InlineData('c')]
    [InlineData(LogLevel.Error)]
    [InlineData((LogLevel)99)]
    [InlineData(null)]
    public void Scalars(object? value) => AssertSame(logger => logger.LogInformation("{Value} {$Text}", value, value));

    public static TheoryData<object> Objects => new()
    {
        12.340m, decimal.MinValue, Guid.Empty, new Guid("0a1b2c3d-0000-1111-2222-333344445555"),
        new DateTime(2026, 11, 20, 8, 0, 1, DateTimeKind.Utc), new DateTime(2026, 11, 20, 8, 0, 1, 123, DateTimeKind.Unspecified),
        new DateTimeOffset(2026, 11, 20, 8, 0, 1, TimeSpan.FromHours(-3)), new DateOnly(2026, 11, 20), TimeSpan.FromMilliseconds(90_061_001),
        new Uri("https://example.com/a?b=c"), new Version(1, 2), typeof(string), new byte[] { 0, 171, 255 }, new byte[1025],
        new[] { 1, 2, 3 }, new object?[] { 1, "a", null, new[] { 2.5 } }, new List<string> { "a" }, Array.Empty<int>(),
        new Dictionary<string, object?> { ["a"] = 1, ["b"] = null, ["c"] = new[] { 1 } }, new Dictionary<int, string> { [1] = "x" },
        new Plain(), new { A = 1 }, new InvalidOperationException("value"), new System.Numerics.BigInteger(7), StringComparison.Ordinal,
    };

    [Theory]
    [MemberData(nameof(Objects), DisableDiscoveryEnumeration = true)]
    public void Values(object value) => AssertSame(logger => logger.LogInformation("{Value} {Next}", value, 1));

    [Fact]
    public void Scopes() => AssertSame(static logger =>
    {
        using (logger.BeginScope("outer"))
        using (logger.BeginScope("Order {OrderId} of {User}", 7, "Ada"))
        using (logger.BeginScope(new Dictionary<string, object?> { ["A"] = 1, ["User"] = "inner" }))
        using (logger.BeginScope(42))
            logger.LogInformation("{A}", "own");
    });

    /// <summary>Where we write more than Serilog does, and where it writes what no strict reader reads.</summary>
    [Fact]
    public void Differences()
    {
        // Serilog drops a property without a name.
        var (ours, theirs) = Both(static logger => logger.Log(LogLevel.Information, default, new KeyValuePair<string, object?>[] { new("", 1), new("B", 2) }, null, (_, _) => "x"));
        Assert.Equal((1, 2), ((int?)ours[""], (int?)ours["B"]));
        Assert.Equal((null, 2), ((int?)theirs[""], (int?)theirs["B"]));

        // A pair is a property since the bridge's later versions; this one takes it for a list.
        (ours, theirs) = Both(static logger =>
        {
            using (logger.BeginScope(("Pair", (object?)2))) logger.LogInformation("x");
        });
        Assert.Equal(2, (int?)ours["Pair"]);
        Assert.Equal("[[\"Pair\",2]]", theirs["Scope"]!.ToJsonString());

        // {@X} without contracts: Serilog reflects, we do not.
        (ours, theirs) = Both(static logger => logger.LogInformation("{@Value}", new Plain()));
        Assert.Equal("plain", (string?)ours["Value"]);
        Assert.Equal("inner", (string?)theirs["Value"]!["Property"]);
    }

    private static void AssertSame(params Action<Microsoft.Extensions.Logging.ILogger>[] calls)
    {
        foreach (var call in calls)
        {
            var (ours, theirs) = Both(call);
            AssertEqual(theirs, ours);
        }
    }

    private static void AssertEqual(JsonNode theirs, JsonNode ours) =>
        Assert.True(JsonNode.DeepEquals(theirs, ours), $"Serilog {theirs.ToJsonString()}\nours    {ours.ToJsonString()}");

    private static (JsonNode Ours, JsonNode Theirs) Both(Action<Microsoft.Extensions.Logging.ILogger> call)
    {
        using var app = new LoggingApp();
        call(app.Logger());

        var sink = new Sink();
        using var serilog = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(sink).CreateLogger();
        using var provider = new SerilogLoggerProvider(serilog);
        using var factory = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(provider));
        call(factory.CreateLogger("Shop.Orders"));

        var ours = Body.Parse(app.Body);
        ours.AsObject().Remove("@t");
        return (ours, Clef(Assert.Single(sink.Events)));
    }

    /// <summary>CLEF, but for the time.</summary>
    private static JsonObject Clef(LogEvent e)
    {
        var clef = new JsonObject { ["@mt"] = e.MessageTemplate.Text };
        var formatted = e.MessageTemplate.Tokens.OfType<PropertyToken>().Where(token => token.Format is not null).ToList();
        if (formatted.Count > 0) clef["@r"] = new JsonArray([.. formatted.Select(token => JsonValue.Create(Rendered(e, token)))]);
        if (e.Level != LogEventLevel.Information) clef["@l"] = e.Level.ToString();
        if (e.Exception is not null) clef["@x"] = e.Exception.ToString();
        var values = new JsonValueFormatter("$type");
        foreach (var (name, value) in e.Properties)
        {
            using var json = new StringWriter(CultureInfo.InvariantCulture);
            values.Format(value, json);
            clef[name.StartsWith('@') ? "@" + name : name] = JsonNode.Parse(json.ToString());
        }

        return clef;
    }

    private static string Rendered(LogEvent e, PropertyToken token)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        token.Render(e.Properties, text, CultureInfo.InvariantCulture);
        return text.ToString();
    }

    private sealed class Plain
    {
        public string Property { get; } = "inner";

        public override string ToString() => "plain";
    }

    private sealed class Sink : ILogEventSink
    {
        public List<LogEvent> Events { get; } = [];

        public void Emit(LogEvent logEvent) => Events.Add(logEvent);
    }
}
