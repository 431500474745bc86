using System.Text.Json.Serialization;
using DurableSink.Tests.Events;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>The same call gives the same JSON as Serilog's bridge and compact formatter give.</summary>
public sealed partial class EventShapeTests : IDisposable
{
    private const string Start = "\"@t\":\"2026-11-20T08:00:01.1234567Z\"";
    private const string End = "\"SourceContext\":\"Shop.Orders\"";

    private readonly LoggingApp _app = new();

    public void Dispose() => _app.Dispose();

    [Fact]
    public void A_message_template_with_its_values()
    {
        _app.Logger().LogInformation("User {UserId} ordered {Count}", 42, 3);
        Body.Equal($$"""{{{Start}},"@mt":"User {UserId} ordered {Count}","UserId":42,"Count":3,{{End}}}""", _app.Body);
    }

    [Fact]
    public void Level_event_id_and_exception()
    {
        var exception = new InvalidOperationException("no");
        _app.Logger().LogError(new EventId(7, "Refused"), exception, "Refused {@Names} {$Number:000}", new[] { "a", "b" }, 5);
        Body.Equal(
            $$"""
            {{{Start}},"@mt":"Refused {@Names} {$Number:000}","@r":["\"5\""],"@l":"Error","@x":"System.InvalidOperationException: no",
             "Names":["a","b"],"Number":"5",{{End}},"EventId":{"Id":7,"Name":"Refused"} }
            """,
            _app.Body);
    }

    [Theory]
    [InlineData(7, null, """{"Id":7}""")]
    [InlineData(0, "Named", """{"Name":"Named"}""")]
    [InlineData(-3, "N", """{"Id":-3,"Name":"N"}""")]
    public void An_event_id_has_what_it_has(int id, string? name, string json)
    {
        _app.Logger().Log(LogLevel.Information, new EventId(id, name), "x");
        Body.Equal($$"""{{{Start}},"@mt":"x",{{End}},"EventId":{{json}}}""", _app.Body);
    }

    [Fact]
    public void A_state_that_is_a_text_has_no_template()
    {
        _app.Logger().Log(LogLevel.Warning, default, "the {state}", null, (state, _) => $"<{state}>");
        Body.Equal($$"""{{{Start}},"@m":"<the {state}>","@l":"Warning",{{End}}}""", _app.Body);
    }

    [Fact]
    public void A_structured_state_without_a_template_has_its_message_and_its_properties()
    {
        _app.Logger().Log(LogLevel.Information, default, new Dictionary<string, object?> { ["A"] = 1 }, null, (_, _) => "one");
        Body.Equal($$"""{{{Start}},"@m":"one","A":1,{{End}}}""", _app.Body);
    }

    [Fact]
    public void A_source_generated_call()
    {
        Ordered(_app.Logger(), 42, "tea");
        Body.Equal(
            $$"""{{{Start}},"@mt":"User {UserId} ordered {What}","@l":"Warning","UserId":42,"What":"tea",{{End}},"EventId":{"Id":12,"Name":"Ordered"} }""",
            _app.Body);
    }

    [Fact]
    public void An_events_own_context_and_id_win_over_ours()
    {
        _app.Logger().LogInformation(new EventId(1), "{SourceContext} {EventId}", "mine", "too");
        Body.Equal($$"""{{{Start}},"@mt":"{SourceContext} {EventId}","SourceContext":"mine","EventId":"too"}""", _app.Body);
    }

    [Fact]
    public void Names_that_CLEF_keeps_for_itself_are_doubled()
    {
        _app.Logger().LogInformation("{@@t} {A} {A}", 1, 2, 3);
        Body.Equal($$"""{{{Start}},"@mt":"{@@t} {A} {A}","@@t":1,"A":3,{{End}}}""", _app.Body);
    }

    [Fact]
    public void A_captured_object_is_serialised_by_the_applications_contracts()
    {
        using var app = new LoggingApp(options => options.TypeInfoResolver = Contracts.Default);
        app.Logger().LogInformation("{@Order} {Order2} {$Order3} {@Number}", new Order(7, "a\nb"), new Order(8, "x"), new Order(9, "y"), 1.5m);
        Body.Equal(
            $$"""
            {{{Start}},"@mt":"{@Order} {Order2} {$Order3} {@Number}","Order":{"Id":7,"Text":"a\nb"},
             "Order2":"Order { Id = 8, Text = x }","Order3":"Order { Id = 9, Text = y }","Number":1.5,{{End}}}
            """,
            app.Body);
        Assert.Empty(app.Notices);
    }

    [Fact]
    public void Without_a_contract_it_is_a_text_and_one_notice_says_so()
    {
        for (var i = 0; i < 3; i++) _app.Logger().LogInformation("{@Order}", new Order(7, "x"));
        Assert.All(_app.Log.Lines, line => Assert.Equal("Order { Id = 7, Text = x }", (string?)Body.Parse(line.Body)["Order"]));
        Assert.Equal("NoJsonContract", Assert.Single(_app.Notices).Name);
    }

    [Fact]
    public void A_serialised_value_without_bound_is_given_up()
    {
        using var app = new LoggingApp(options => options.TypeInfoResolver = Contracts.Default)
        {
            Log = new CapturingLog { MaxBodyBytes = 2000 },
        };
        app.Logger().LogInformation("{@Small} {@Big}", new[] { 1 }, new int[1_000_000]);
        var body = Body.Parse(app.Body);
        Assert.Equal("[1]", body["Small"]!.ToJsonString());
        Assert.Matches(@"^\(threw InvalidOperationException: its JSON is longer than \d+ bytes\)$", (string?)body["Big"]);
    }

    [Fact]
    public void What_throws_does_not_keep_the_event_from_being_logged()
    {
        using var app = new LoggingApp(options => options.TypeInfoResolver = Contracts.Default);
        app.Logger().LogInformation("{A} {@B} {$C} {D}", new Thrower(), new Thrower(), new Thrower(), 4);
        var body = Body.Parse(app.Body);
        foreach (var name in new[] { "A", "B", "C" })
            Assert.Equal("(threw TimeZoneNotFoundException: gone)", (string?)body[name]);
        Assert.Equal(4, (int?)body["D"]);
        Assert.Equal(7, body.AsObject().Count); // nothing half-written is left
    }

    [Fact]
    public void A_formatter_or_state_that_throws_does_not_either()
    {
        _app.Logger().Log<object>(LogLevel.Information, default, new(), null, (_, _) => throw new TimeZoneNotFoundException("gone"));
        _app.Logger().Log(LogLevel.Information, default, HalfWay(), null, (_, _) => "message");
        Assert.Equal("(threw TimeZoneNotFoundException: gone)", (string?)Body.Parse(_app.Log.Lines[0].Body)["@m"]);
        Body.Equal($$"""{{{Start}},"@m":"message","A":1,"State":"(threw TimeZoneNotFoundException: gone)",{{End}}}""", _app.Log.Lines[1].Body);

        static IEnumerable<KeyValuePair<string, object?>> HalfWay()
        {
            yield return new("A", 1);
            throw new TimeZoneNotFoundException("gone");
        }
    }

    [Fact]
    public void A_property_that_logs_while_it_is_written_is_an_event_of_its_own()
    {
        var logger = _app.Logger();
        logger.LogInformation("outer {A} {B}", new Logs(() => logger.LogInformation("inner {C}", 1)), 2);
        Assert.Equal(2, _app.Log.Lines.Count);
        Body.Equal($$"""{{{Start}},"@mt":"inner {C}","C":1,{{End}}}""", _app.Log.Lines[0].Body);
        Body.Equal($$"""{{{Start}},"@mt":"outer {A} {B}","A":"logged","B":2,{{End}}}""", _app.Log.Lines[1].Body);
    }

    [Fact]
    public void A_property_that_logs_itself_comes_to_an_end()
    {
        var logger = _app.Logger();
        Logs self = null!;
        self = new Logs(() => logger.LogInformation("{Self}", self));
        logger.LogInformation("{Self}", self);
        Assert.Equal(8, _app.Log.Lines.Count);
        Assert.Equal("EventLost", Assert.Single(_app.Notices).Name);
    }

    [LoggerMessage(EventId = 12, Level = LogLevel.Warning, Message = "User {UserId} ordered {What}")]
    private static partial void Ordered(ILogger logger, int userId, string what);

    internal sealed record Order(int Id, string Text);

    internal sealed class Thrower
    {
        private readonly Exception _gone = new TimeZoneNotFoundException("gone");

        public int Before { get; } = 1;

        public int Value => throw _gone;

        public override string ToString() => throw _gone;
    }

    private sealed class Logs(Action log)
    {
        public override string ToString()
        {
            log();
            return "logged";
        }
    }

    [JsonSerializable(typeof(Order))]
    [JsonSerializable(typeof(Thrower))]
    [JsonSerializable(typeof(int[]))]
    private sealed partial class Contracts : JsonSerializerContext;
}
