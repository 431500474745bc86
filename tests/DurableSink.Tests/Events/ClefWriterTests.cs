using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Events;

public sealed class ClefWriterTests
{
    [Fact]
    public void An_event_stands_byte_for_byte_as_the_format_says() => Assert.Equal(
        """{"@t":"2026-11-20T08:00:01.1234567Z","@mt":"User {UserId} ordered {Count}","UserId":42,"Count":3""",
        Body.Of(DurableEvent.Create("User {UserId} ordered {Count}", 42, 3)));

    [Fact]
    public void A_timestamp_of_its_own_is_written_in_UTC()
    {
        var e = new DurableEvent("x") { Timestamp = new DateTimeOffset(2026, 1, 1, 1, 30, 0, TimeSpan.FromHours(2)) };
        Assert.StartsWith("""{"@t":"2025-12-31T23:30:00.0000000Z",""", Body.Of(in e), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LogLevel.Trace, "Verbose")]
    [InlineData(LogLevel.Debug, "Debug")]
    [InlineData(LogLevel.Information, null)]
    [InlineData(LogLevel.Warning, "Warning")]
    [InlineData(LogLevel.Error, "Error")]
    [InlineData(LogLevel.Critical, "Fatal")]
    public void Levels_have_Serilogs_names(LogLevel level, string? name) =>
        Assert.Equal(name, (string?)Body.Parse(Body.Of(new DurableEvent("x") { Level = level }))["@l"]);

    [Fact]
    public void Holes_with_a_format_are_rendered_as_Serilog_renders_them() => Body.Equal(
        """
        {"@t":"2026-11-20T08:00:01.1234567Z","@mt":"{A:000} {B,6:0.0}|{C,-5:l}|{D:u}|{E:x}|{F}",
         "@r":["007","   2.5","x    ","\"q\\\"q\"","null"],"A":7,"B":2.5,"C":"x","D":"q\"q","E":null,"F":1}
        """,
        Body.Of(DurableEvent.Create("{A:000} {B,6:0.0}|{C,-5:l}|{D:u}|{E:x}|{F}", 7, 2.5, "x", "q\"q", null, 1)));

    [Fact]
    public void A_hole_without_a_value_is_rendered_as_it_stands() => Body.Equal(
        """{"@t":"2026-11-20T08:00:01.1234567Z","@mt":"{A:0} {B:0}","@r":["1","{B:0}"],"A":1}""",
        Body.Of(DurableEvent.Create("{A:0} {B:0}", 1)));

    [Fact]
    public void A_rendering_that_throws_says_so() => Assert.StartsWith(
        "(threw FormatException:", (string?)Body.Parse(Body.Of(DurableEvent.Create("{A:Q}", 1)))["@r"]![0], StringComparison.Ordinal);

    [Fact]
    public void Names_with_an_at_sign_are_doubled_so_that_none_collides_with_CLEFs_own() => Body.Equal(
        """{"@t":"2026-11-20T08:00:01.1234567Z","@mt":"x","@@t":1,"@@":2,"$d":3,"":4,"a\"b":5}""",
        Body.Of(new DurableEvent("x") { Properties = [new("@t", 1), new("@", 2), new("$d", 3), new("", 4), new("a\"b", 5)] }));

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(200)]
    public void Of_two_properties_with_one_name_the_last_stands(int count)
    {
        var properties = new List<KeyValuePair<string, object?>>();
        for (var i = 0; i < count; i++) properties.Add(new($"P{i}", i));
        for (var i = 0; i < count; i += 2) properties.Add(new($"P{i}", "last"));

        var read = Body.Parse(Body.Of(new DurableEvent("x") { Properties = properties }));
        Assert.Equal("last", (string?)read["P0"]);
        Assert.Equal(1, (int?)read["P1"]);
        Assert.Equal(count + 2, read.AsObject().Count);
    }

    [Fact]
    public void An_exception_is_written_with_what_its_ToString_says()
    {
        var inner = new AggregateException("both", new InvalidOperationException("one"), new TimeoutException("two"));
        var body = Body.Parse(Body.Of(new DurableEvent("x") { Level = LogLevel.Error, Exception = inner }));
        Assert.Equal(inner.ToString(), (string?)body["@x"]);

        var broken = Body.Parse(Body.Of(new DurableEvent("x") { Exception = new Broken() }));
        Assert.Equal("(threw NotSupportedException: not even this)", (string?)broken["@x"]);
    }

    [Fact]
    public void Trace_and_span_come_from_the_current_activity()
    {
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        var body = Body.Parse(Body.Of(new DurableEvent("x")));
        Assert.Equal(activity.TraceId.ToString(), (string?)body["@tr"]);
        Assert.Equal(activity.SpanId.ToString(), (string?)body["@sp"]);
    }

    [Fact]
    public void The_default_of_the_struct_is_an_event_too() =>
        Body.Equal("""{"@t":"2026-11-20T08:00:01.1234567Z","@mt":"","@l":"Verbose"}""", Body.Of(default));

    private sealed class Broken : Exception
    {
        public override string ToString() => throw new NotSupportedException("not even this");
    }
}
