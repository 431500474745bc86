using System.Diagnostics;
using DurableSink.Tests.Events;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

public sealed class ScopeTests : IDisposable
{
    private const string Start = "\"@t\":\"2026-11-20T08:00:01.1234567Z\"";
    private const string End = "\"SourceContext\":\"Shop.Orders\"";

    private readonly LoggingApp _app = new();

    public void Dispose() => _app.Dispose();

    [Fact]
    public void Named_values_become_properties_and_the_innermost_wins()
    {
        var logger = _app.Logger();
        using (logger.BeginScope(new Dictionary<string, object?> { ["A"] = "outer", ["B"] = "outer", ["C"] = "outer" }))
        using (logger.BeginScope(new List<KeyValuePair<string, object?>> { new("B", "inner"), new("C", "inner"), new("SourceContext", "scope") }))
        using (logger.BeginScope(("D", (object?)4)))
            logger.LogInformation("{C}", "own");
        Body.Equal($$"""{{{Start}},"@mt":"{C}","C":"own",{{End}},"A":"outer","B":"inner","D":4}""", _app.Body);
    }

    [Fact]
    public void Other_states_and_formatted_ones_are_items_the_outermost_first()
    {
        var logger = _app.Logger();
        using (logger.BeginScope("outer"))
        using (logger.BeginScope("Order {OrderId}", 7))
        using (logger.BeginScope(new Dictionary<string, object?> { ["A"] = 1 }))
        using (logger.BeginScope(42))
            logger.LogInformation("x");
        Body.Equal($$"""{{{Start}},"@mt":"x",{{End}},"OrderId":7,"A":1,"Scope":["outer","Order 7",42]}""", _app.Body);
    }

    [Fact]
    public void A_property_named_Scope_is_kept()
    {
        using (_app.Logger().BeginScope("outer"))
            _app.Logger().LogInformation("{Scope}", "mine");
        Body.Equal($$"""{{{Start}},"@mt":"{Scope}","Scope":"mine",{{End}}}""", _app.Body);
    }

    [Fact]
    public void A_scope_that_throws_does_not_keep_the_event_from_being_logged()
    {
        var logger = _app.Logger();
        using (logger.BeginScope("outer"))
        using (logger.BeginScope(HalfWay()))
            logger.LogInformation("x");
        Body.Equal($$"""{{{Start}},"@mt":"x",{{End}},"A":1,"ScopeFailure":"(threw TimeoutException: late)","Scope":["outer"]}""", _app.Body);

        static IEnumerable<KeyValuePair<string, object?>> HalfWay()
        {
            yield return new("A", 1);
            throw new TimeoutException("late");
        }
    }

    [Fact]
    public void Activity_tracking_gives_its_scopes_beside_trace_and_span()
    {
        using var app = new LoggingApp(build: builder =>
            builder.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId));
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        app.Logger().LogInformation("{TraceId}", "own");
        var (trace, span) = (activity.TraceId.ToString(), activity.SpanId.ToString());
        Body.Equal($$"""{{{Start}},"@mt":"{TraceId}","@tr":"{{trace}}","@sp":"{{span}}","TraceId":"own",{{End}},"SpanId":"{{span}}"}""", app.Body);
    }

    [Fact]
    public void Many_scopes_and_names_are_all_written_once()
    {
        var logger = _app.Logger();
        var open = new Stack<IDisposable?>();
        for (var i = 0; i < 50; i++)
            open.Push(logger.BeginScope(new Dictionary<string, object?> { [$"P{i}"] = i, ["Same"] = i }));
        logger.LogInformation("x");
        while (open.TryPop(out var scope)) scope?.Dispose();

        var body = Body.Parse(_app.Body);
        Assert.Equal(3 + 51, body.AsObject().Count);
        Assert.Equal(49, (int?)body["Same"]);
    }
}
