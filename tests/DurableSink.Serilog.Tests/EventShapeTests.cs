using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using DurableSink.Tests.Events;
using Serilog;
using Serilog.Events;
using Serilog.Parsing;
using Xunit;

namespace DurableSink.Tests.Sinks;

/// <summary>The JSON that CLEF and Serilog's compact formatter document for an event, compared parsed.</summary>
public sealed class EventShapeTests
{
    private static void Is(string expected, Action<ILogger> call)
    {
        var json = Captured.Json(Captured.Event(call));
        json.Remove("@t");
        Captured.AssertJson(expected, json);
    }

    [Fact]
    public void Templates_and_properties()
    {
        Is("""{"@mt":"No properties"}""", log => log.Information("No properties"));
        Is("""{"@mt":"One {Property}","Property":42}""", log => log.Information("One {Property}", 42));
        Is("""{"@mt":"{First} and {Second}","First":"One","Second":"Two"}""", log => log.Information("{First} and {Second}", "One", "Two"));
        Is("""{"@mt":"{0} {1}","0":1,"1":"a"}""", log => log.Information("{0} {1}", 1, "a"));
        Is("""{"@mt":"{A} {A}","A":2}""", log => log.Information("{A} {A}", 1, 2));
        Is("""{"@mt":"{A} {{B}} {C","A":1}""", log => log.Information("{A} {{B}} {C", 1));
        Is("""{"@mt":"{A} {B}","A":1}""", log => log.Information("{A} {B}", 1));
        Is("""{"@mt":"\"quoted\"\n{A}","A":"\\"}""", log => log.Information("\"quoted\"\n{A}", "\\"));
    }

    [Fact]
    public void Times_are_in_UTC()
    {
        var e = new LogEvent(new DateTimeOffset(2026, 11, 20, 9, 0, 1, TimeSpan.FromHours(1)).AddTicks(1234567), LogEventLevel.Information, null, new MessageTemplate("x", []), []);
        Assert.Equal("2026-11-20T08:00:01.1234567Z", (string?)Captured.Json(e)["@t"]);
    }

    [Theory]
    [InlineData(LogEventLevel.Verbose, "Verbose")]
    [InlineData(LogEventLevel.Debug, "Debug")]
    [InlineData(LogEventLevel.Information, null)]
    [InlineData(LogEventLevel.Warning, "Warning")]
    [InlineData(LogEventLevel.Error, "Error")]
    [InlineData(LogEventLevel.Fatal, "Fatal")]
    [InlineData((LogEventLevel)42, "42")]
    public void Levels(LogEventLevel level, string? expected) => Assert.Equal(expected, (string?)Captured.Json(Captured.Event(log => log.Write(level, "x")))["@l"]);

    [Fact]
    public void Renderings_of_holes_with_a_format()
    {
        Is("""{"@mt":"{A:x8}","@r":["0000002a"],"A":42}""", log => log.Information("{A:x8}", 42));
        Is("""{"@mt":"{A:0.00} {B} {C,8:x} {D,-6:x}|","@r":["1.50","      ff","ff    "],"A":1.5,"B":2,"C":255,"D":255}""",
            log => log.Information("{A:0.00} {B} {C,8:x} {D,-6:x}|", 1.5, 2, 255, 255));
        Is("""{"@mt":"{S:l} {T:u}","@r":["text","\"quo\\\"ted\""],"S":"text","T":"quo\"ted"}""", log => log.Information("{S:l} {T:u}", "text", "quo\"ted"));
        Is("""{"@mt":"{Missing:x}","@r":["{Missing:x}"]}""", log => log.Information("{Missing:x}"));
        Is("""{"@mt":"{N:x}","@r":["null"],"N":null}""", log => log.Information("{N:x}", new object?[] { null }));
    }

    /// <summary>How a structure renders is Serilog's affair: what it says is taken from it.</summary>
    [Fact]
    public void A_structure_with_a_format_is_rendered_by_Serilog()
    {
        var e = Captured.Event(log => log.Information("{@P:x}", new Point(1, 255)));
        using var text = new StringWriter();
        e.MessageTemplate.Tokens.OfType<PropertyToken>().Single().Render(e.Properties, text, CultureInfo.InvariantCulture);
        Captured.AssertJson(new JsonArray(text.ToString()), Captured.Json(e)["@r"]);
    }

    [Fact]
    public void Exceptions_are_their_text()
    {
        var exception = new InvalidOperationException("no", new TimeoutException("why"));
        var json = Captured.Json(Captured.Event(log => log.Error(exception, "x {A}", 1)));
        Assert.Equal((exception.ToString(), 1), ((string?)json["@x"], (int?)json["A"]));
    }

    [Fact]
    public void Trace_and_span()
    {
        var (trace, span) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
        var e = new LogEvent(Body.Now, LogEventLevel.Information, null, new MessageTemplate("x", []), [], trace, span);
        var json = Captured.Json(e);
        Assert.Equal((trace.ToHexString(), span.ToHexString()), ((string?)json["@tr"], (string?)json["@sp"]));

        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        json = Captured.Json(Captured.Event(log => log.Information("x")));
        Assert.Equal((activity.TraceId.ToHexString(), activity.SpanId.ToHexString()), ((string?)json["@tr"], (string?)json["@sp"]));

        using var other = new Activity("other").SetIdFormat(ActivityIdFormat.W3C).Start();
        Assert.Equal(trace.ToHexString(), (string?)Captured.Json(e)["@tr"]); // the event's own, not those of the thread that writes it
        Assert.Null(Captured.Json(Captured.With())["@tr"]);
    }

    [Theory]
    [InlineData("@Mistake", "@@Mistake")]
    [InlineData("@@Twice", "@@@Twice")]
    [InlineData("@seq", "@@seq")]
    [InlineData("a@b", "a@b")]
    [InlineData("quo\"ted\n", "quo\"ted\n")]
    public void Names_with_an_at_sign_are_escaped(string name, string written) =>
        Assert.Equal(42, (int?)Captured.Json(Captured.Event(log => log.ForContext(name, 42).Information("Hello")))[written]);

    public static TheoryData<object?> Scalars => new()
    {
        new TheoryDataRow<object?>(null), "text", "", "line\nbreak \"quoted\" \\ \t \u0001 \u2028 \u0085 Grüße 👍", 'c', '"', true, false, 1, -1L, (byte)255, (sbyte)-1, (short)-2, (ushort)2,
        uint.MaxValue, ulong.MaxValue, long.MinValue, 12.340m, decimal.MinValue, 1.5, 0.1f, 1e300, -0.0, double.NaN, double.PositiveInfinity, float.NegativeInfinity,
        float.NaN, (Half)1.5, (nint)5, new Int128(0, 7), new System.Numerics.BigInteger(7), Guid.Empty, new Guid("0a1b2c3d-0000-1111-2222-333344445555"),
        new DateTime(2026, 11, 20, 8, 0, 1, DateTimeKind.Utc), new DateTime(2026, 11, 20, 8, 0, 1, 123, DateTimeKind.Unspecified),
        new DateTimeOffset(2026, 11, 20, 8, 0, 1, TimeSpan.FromHours(-3)), new DateOnly(2026, 11, 20), new TimeOnly(8, 0, 1, 5),
        TimeSpan.FromMilliseconds(90_061_001), DayOfWeek.Friday, (DayOfWeek)99, new Uri("https://example.com/a?b=c"), new Version(1, 2), typeof(string),
        new InvalidOperationException("value"), new byte[] { 0, 171, 255 }, new byte[1025], new[] { 1, 2 }, new Point(1, 2), new { A = 1 },
    };

    /// <summary>As the value of a property that Serilog captured, and as a scalar that somebody made by hand.</summary>
    [Theory]
    [MemberData(nameof(Scalars), DisableDiscoveryEnumeration = true)]
    public void Scalars_are_written_as_Serilog_does(object? value)
    {
        var e = Captured.Event(log => log.Information("{Value} {$Text} {@Object}", value, value, value));
        var json = Captured.Json(e);
        foreach (var (name, captured) in e.Properties) Captured.AssertJson(Captured.BySerilog(captured), json[name]);

        var scalar = new ScalarValue(value);
        Captured.AssertJson(Captured.BySerilog(scalar), Captured.Json(Captured.With(("A", scalar)))["A"]);
    }

    [Fact]
    public void Scalars_as_documented()
    {
        Is("""{"@mt":"{A} {B} {C} {D} {E} {F} {G}","A":"NaN","B":"Infinity","C":0.1,"D":"Friday","E":"00AB","F":"1.02:03:04","G":"00000000-0000-0000-0000-000000000000"}""",
            log => log.Information("{A} {B} {C} {D} {E} {F} {G}", double.NaN, float.PositiveInfinity, 0.1f, DayOfWeek.Friday, new byte[] { 0, 0xab }, new TimeSpan(1, 2, 3, 4), Guid.Empty));
        Is("""{"@mt":"{A} {B} {C}","A":"2026-11-20T08:00:01.0000000Z","B":"2026-11-20T08:00:01.0000000-03:00","C":"2026-11-20"}""",
            log => log.Information("{A} {B} {C}", new DateTime(2026, 11, 20, 8, 0, 1, DateTimeKind.Utc), new DateTimeOffset(2026, 11, 20, 8, 0, 1, TimeSpan.FromHours(-3)), new DateOnly(2026, 11, 20)));
    }

    [Fact]
    public void Structures_sequences_and_dictionaries()
    {
        Is("""{"@mt":"{@P}","P":{"X":1,"Y":2,"$type":"Point"}}""", log => log.Information("{@P}", new Point(1, 2)));
        Is("""{"@mt":"{@P}","P":{"A":1,"B":{"C":null}}}""", log => log.Information("{@P}", new { A = 1, B = new { C = (string?)null } }));
        Is("""{"@mt":"{P}","P":"Point { X = 1, Y = 2 }"}""", log => log.Information("{P}", new Point(1, 2)));
        Is("""{"@mt":"{S} {E}","S":[1,"a",null,[2.5]],"E":[]}""", log => log.Information("{S} {E}", new object?[] { 1, "a", null, new[] { 2.5 } }, Array.Empty<int>()));
        Is("""{"@mt":"{D}","D":{"a":1,"b":null,"c":[1]}}""", log => log.Information("{D}", new Dictionary<string, object?> { ["a"] = 1, ["b"] = null, ["c"] = new[] { 1 } }));
        Is("""{"@mt":"{D}","D":{"1":"x","2":"y"}}""", log => log.Information("{D}", new Dictionary<int, string> { [1] = "x", [2] = "y" }));
        Is("""{"@mt":"{@L}","L":[{"X":1,"Y":2,"$type":"Point"},{"X":3,"Y":4,"$type":"Point"}]}""", log => log.Information("{@L}", new List<Point> { new(1, 2), new(3, 4) }));
        Is("""{"@mt":"{D}","D":{"@t":1,"@@x":2}}""", log => log.Information("{D}", new Dictionary<string, int> { ["@t"] = 1, ["@@x"] = 2 })); // only top-level names are escaped
        Is("""{"@mt":"{@P}","P":{"$type":"Empty"}}""", log => log.Information("{@P}", new Empty()));
    }

    private sealed record Point(int X, int Y);

    private sealed class Empty;
}
