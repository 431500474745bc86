using System.Text.Json.Nodes;
using DurableSink.Sinks;
using DurableSink.Tests.Events;
using Serilog.Events;
using Serilog.Parsing;
using Xunit;

namespace DurableSink.Tests.Sinks;

/// <summary>Events that nobody wants to log, and somebody does: each is one strict line all the same.</summary>
public sealed class AwkwardEventTests
{
    private static JsonNode? ValueOf(LogEventPropertyValue value) => Captured.Json(Captured.With(("A", value)))["A"];

    [Fact]
    public void An_exception_whose_ToString_throws()
    {
        var json = Captured.Json(Captured.Event(log => log.Error(new Hostile(), "x {A}", 1)));
        Assert.Equal(("(threw InvalidOperationException: no text)", 1), ((string?)json["@x"], (int?)json["A"]));
    }

    [Fact]
    public void A_value_that_throws_when_it_is_formatted()
    {
        Captured.AssertJson("\"(threw FormatException: no)\"", ValueOf(new ScalarValue(new Thrower())));
        Captured.AssertJson("""{"k":"(threw FormatException: no)","n":1}""", ValueOf(new DictionaryValue(
        [
            new(new ScalarValue("k"), new ScalarValue(new Thrower())), new(new ScalarValue("n"), new ScalarValue(1)),
        ])));

        var template = new MessageTemplateParser().Parse("{A:x} {B:x}");
        var e = new LogEvent(Body.Now, LogEventLevel.Information, null, template, [new("A", new ScalarValue(new Thrower())), new("B", new ScalarValue(255))]);
        Captured.AssertJson("""["(threw FormatException: no)","ff"]""", Captured.Json(e)["@r"]);
    }

    [Fact]
    public void A_value_that_is_no_text() => Captured.AssertJson("\"\"", ValueOf(new ScalarValue(new Textless())));

    [Fact]
    public void A_property_whose_getter_throws()
    {
        var json = Captured.Json(Captured.Event(log => log.Information("{@A} {B}", new ThrowingGetter(), 1)));
        Assert.Contains("threw", (string?)json["A"]!["Value"]); // Serilog says so where it captures
        Assert.Equal(1, (int?)json["B"]);
    }

    [Fact]
    public void Lone_surrogates_become_the_replacement_character()
    {
        Captured.AssertJson("\"a\\ufffdb\"", ValueOf(new ScalarValue("a\ud800b")));
        Captured.AssertJson("\"\\ufffd\"", ValueOf(new ScalarValue('\udc00')));
        Captured.AssertJson("""{"\ufffd":1}""", ValueOf(new DictionaryValue([new(new ScalarValue("\ud800"), new ScalarValue(1))])));

        var json = Captured.Json(Captured.With(("n\ud800", new ScalarValue(1)), ("n\udc00", new ScalarValue(2)))); // one name when written
        Assert.Equal(1, (int?)json["n\ufffd"]);
    }

    [Fact]
    public void Keys_of_dictionaries()
    {
        static KeyValuePair<ScalarValue, LogEventPropertyValue> Entry(object? key, int value) => new(new ScalarValue(key), new ScalarValue(value));
        Captured.AssertJson("""{"null":1,"":2,"1.5":3}""", ValueOf(new DictionaryValue([Entry(null, 1), Entry("", 2), Entry(1.5, 3)])));
        Captured.AssertJson("""{"1":1,"1#2":2,"1#3":3,"null":4,"null#2":5}""", ValueOf(new DictionaryValue(
            [Entry(1, 1), Entry("1", 2), Entry(1L, 3), Entry(null, 4), Entry("null", 5)])));
        Captured.AssertJson("""{"(threw FormatException: no)":1}""", ValueOf(new DictionaryValue([Entry(new Thrower(), 1)])));
    }

    [Fact]
    public void A_structure_that_names_a_member_twice()
    {
        LogEventProperty[] members = [new("A", new ScalarValue(1)), new("A", new ScalarValue(2)), new("$type", new ScalarValue(3))];
        Captured.AssertJson("""{"A":1,"$type":3}""", ValueOf(new StructureValue(members, "T")));
    }

    [Fact]
    public void A_kind_of_value_that_Serilog_does_not_know() => Captured.AssertJson("\"of its own\"", ValueOf(new OwnValue()));

    [Theory]
    [InlineData(20)]
    [InlineData(100_000)]
    public void Depth(int levels)
    {
        LogEventPropertyValue value = new ScalarValue("bottom");
        for (var i = 0; i < levels; i++) value = i % 2 == 0 ? new SequenceValue([value]) : new StructureValue([new("A", value)]);
        var json = Captured.Line(Captured.With(("A", value))); // within the 64 levels that readers follow
        Assert.Contains(levels <= PropertyValueWriter.MaxDepth ? "bottom" : "…", json);
    }

    [Fact]
    public void An_event_too_long_is_shortened_to_one_that_says_so()
    {
        var e = Captured.Event(log => log.ForContext(Serilog.Core.Constants.SourceContextPropertyName, "Shop").Warning(new TimeoutException("why"), "{Text} {After}", new string('x', 5_000_000), 1));
        var body = Captured.Line(e, limit: 900);
        Assert.InRange(body.Length, 1, 900);
        var json = Body.Parse(body);
        Assert.Equal(("{Text} {After}", "Warning", "Shop", true), ((string?)json["@mt"], (string?)json["@l"], (string?)json["SourceContext"], (bool?)json["Truncated"]));
        Assert.InRange((int?)json["OriginalBytes"] ?? 0, 5_000_000, 5_001_000);
        Assert.Contains("why", (string?)json["@x"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_long_list_is_shortened_without_being_written_out(bool asDictionary)
    {
        var elements = Enumerable.Range(0, 100_000).Select(i => new ScalarValue(i)).ToList();
        LogEventPropertyValue value = asDictionary
            ? new DictionaryValue(elements.Select(e => new KeyValuePair<ScalarValue, LogEventPropertyValue>(e, e)))
            : new SequenceValue(elements);
        var json = Body.Parse(Captured.Line(Captured.With(("A", value), ("B", new ScalarValue(1))), limit: 2000));
        Assert.True((bool?)json["Truncated"]);
        Assert.InRange((int?)json["OriginalBytes"] ?? 0, 2001, 4000);
    }

    [Fact]
    public void A_value_that_logs_while_it_is_rendered()
    {
        var template = new MessageTemplateParser().Parse("{A:x} {B:x}");
        var e = new LogEvent(Body.Now, LogEventLevel.Information, null, template, [new("A", new ScalarValue(new Logs())), new("B", new ScalarValue(255))]);
        Captured.AssertJson("""["[\"ff\"]","ff"]""", Captured.Json(e)["@r"]);
    }

    private sealed class Hostile : Exception
    {
        public override string ToString() => throw new InvalidOperationException("no text");
    }

    private sealed class Thrower : IFormattable
    {
        public string ToString(string? format, IFormatProvider? formatProvider) => throw new FormatException("no");

        public override string ToString() => throw new FormatException("no");
    }

    private sealed class Textless
    {
        public override string? ToString() => null;
    }

    private sealed class ThrowingGetter
    {
        private readonly string _reason = "no value";

        public int Value => throw new InvalidOperationException(_reason);
    }

    private sealed class OwnValue : LogEventPropertyValue
    {
        public override void Render(TextWriter output, string? format = null, IFormatProvider? formatProvider = null) => output.Write("of its own");
    }

    private sealed class Logs : IFormattable
    {
        public string ToString(string? format, IFormatProvider? formatProvider)
        {
            var template = new MessageTemplateParser().Parse("{B:x}");
            return Captured.Json(new LogEvent(Body.Now, LogEventLevel.Information, null, template, [new("B", new ScalarValue(255))]))["@r"]!.ToJsonString();
        }
    }
}
