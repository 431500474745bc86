using System.Collections;
using DurableSink.Tests.Events;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>States of every shape: what a caller may hand over is not only what the framework's own methods make.</summary>
public sealed partial class StateShapeTests : IDisposable
{
    private const string Start = "\"@t\":\"2026-11-20T08:00:01.1234567Z\"";
    private const string End = "\"SourceContext\":\"Shop.Orders\"";

    private readonly LoggingApp _app = new();

    public void Dispose() => _app.Dispose();

    private void Log<TState>(TState state, string message = "formatted") => _app.Logger().Log(LogLevel.Information, default, state, null, (_, _) => message);

    private void AssertBody(string members) => Body.Equal($$"""{{{Start}},{{members}},{{End}}}""", _app.Body);

    [Fact]
    public void Null()
    {
        Log<object?>(null);
        AssertBody("\"@m\":\"formatted\"");
    }

    [Fact]
    public void A_formatter_that_is_missing_or_gives_null()
    {
        var provider = new LoggingApp(); // straight to our logger: the framework checks it before
        using (provider)
        {
            var logger = ((ILoggerProvider)provider.Services.GetService(typeof(ILoggerProvider))!).CreateLogger("Shop.Orders");
            logger.Log(LogLevel.Information, default, 42, null, null!);
            logger.Log(LogLevel.Information, default, 42, null, (_, _) => null!);
            Body.Equal($$"""{{{Start}},"@m":"42",{{End}}}""", provider.Log.Lines[0].Body);
            Body.Equal($$"""{{{Start}},"@m":"",{{End}}}""", provider.Log.Lines[1].Body);
        }
    }

    [Fact]
    public void A_struct_that_is_a_list()
    {
        Log(new StructState(7));
        AssertBody("\"@mt\":\"Struct {Id}\",\"Id\":7");
    }

    [Fact]
    public void A_state_that_can_only_be_enumerated()
    {
        Log(Enumerated());
        AssertBody("\"@mt\":\"Hello {Name}\",\"Name\":\"Ada\",\"After\":1");

        static IEnumerable<KeyValuePair<string, object?>> Enumerated()
        {
            yield return new("Name", "Ada");
            yield return new("{OriginalFormat}", "Hello {Name}"); // not the last
            yield return new("After", 1);
        }
    }

    [Fact]
    public void A_dictionary()
    {
        Log(new Dictionary<string, object?> { ["A"] = 1, ["{OriginalFormat}"] = "{A} of {B}", ["B"] = null });
        AssertBody("\"@mt\":\"{A} of {B}\",\"A\":1,\"B\":null");
    }

    [Fact]
    public void A_dictionary_of_texts_has_no_properties_as_in_Serilog()
    {
        Log(new Dictionary<string, string> { ["A"] = "x" });
        AssertBody("\"@m\":\"formatted\"");
    }

    [Fact]
    public void A_template_that_is_null_or_no_text_is_a_property_beside_the_message()
    {
        Log(new KeyValuePair<string, object?>[] { new("A", 1), new("{OriginalFormat}", null) });
        AssertBody("\"@m\":\"formatted\",\"A\":1,\"{OriginalFormat}\":null");
    }

    [Fact]
    public void A_template_that_is_a_number_is_one_too()
    {
        Log(new KeyValuePair<string, object?>[] { new("{OriginalFormat}", 5), new("A", 1) });
        AssertBody("\"@m\":\"formatted\",\"A\":1,\"{OriginalFormat}\":5");
    }

    [Fact]
    public void An_empty_template_and_two_templates()
    {
        Log(new KeyValuePair<string, object?>[] { new("{OriginalFormat}", "first {A}"), new("A", 1), new("{OriginalFormat}", "") });
        AssertBody("\"@mt\":\"\",\"A\":1"); // of two the last stands, as of properties
    }

    [Fact]
    public void A_list_whose_count_throws_or_lies()
    {
        Log(new Lies(new KeyNotFoundException("no count")));
        Log(new Lies(null));
        Body.Equal($$"""{{{Start}},"@m":"formatted","State":"(threw KeyNotFoundException: no count)",{{End}}}""", _app.Log.Lines[0].Body);
        Body.Equal($$"""{{{Start}},"@m":"formatted","P0":0,"P1":1,"State":"(threw TimeZoneNotFoundException: no such element)",{{End}}}""", _app.Log.Lines[1].Body);
    }

    [Fact]
    public void Plain_extension_methods_with_missing_superfluous_and_no_arguments()
    {
        var logger = _app.Logger();
#pragma warning disable CA2017, CA2253, CA2254 // wrong on purpose
        logger.LogInformation("{A} {B}", 1, 2, 3);
        logger.LogInformation("no hole", 1);
        logger.LogInformation(null);
        logger.LogInformation("{A} {B}", [null]);
        logger.LogInformation("{0} {1}", "positional", 2);
#pragma warning restore CA2017, CA2253, CA2254
        string[] expected =
        [
            "\"@mt\":\"{A} {B}\",\"A\":1,\"B\":2",
            "\"@mt\":\"no hole\"",
            "\"@mt\":\"[null]\"",
        ];
        for (var i = 0; i < expected.Length; i++) Body.Equal($$"""{{{Start}},{{expected[i]}},{{End}}}""", _app.Log.Lines[i].Body);
        Assert.Equal(5, _app.Log.Lines.Count);
        Body.Equal($$"""{{{Start}},"@mt":"{0} {1}","0":"positional","1":2,{{End}}}""", _app.Log.Lines[4].Body);
    }

    [Fact]
    public void Defined_messages_of_one_to_six_values_and_their_scopes()
    {
        var logger = _app.Logger();
        using (LoggerMessage.DefineScope<int>("Scope {S}")(logger, 9))
        {
            LoggerMessage.Define(LogLevel.Debug, new EventId(1), "none")(logger, null);
            LoggerMessage.Define<int, int, int, int, int, int>(LogLevel.Debug, new EventId(2), "{A}{B}{C}{D}{E}{F}")(logger, 1, 2, 3, 4, 5, 6, null);
        }

        Body.Equal($$"""{{{Start}},"@mt":"none","@l":"Debug",{{End}},"EventId":{"Id":1},"S":9,"Scope":["Scope 9"]}""", _app.Log.Lines[0].Body);
        Body.Equal(
            $$"""{{{Start}},"@mt":"{A}{B}{C}{D}{E}{F}","@l":"Debug","A":1,"B":2,"C":3,"D":4,"E":5,"F":6,{{End}},"EventId":{"Id":2},"S":9,"Scope":["Scope 9"]}""",
            _app.Log.Lines[1].Body);
    }

    [Fact]
    public void Source_generated_calls_of_every_shape()
    {
        var logger = _app.Logger();
        Nothing(logger);
        Many(logger, 1, "b", null, [1, 2], LogLevel.Error, 6, 7m, new InvalidOperationException("gone"));
        Free(logger, LogLevel.Critical, "text");
        Body.Equal($$"""{{{Start}},"@mt":"","@l":"Debug",{{End}},"EventId":{"Id":20,"Name":"Nothing"} }""", _app.Log.Lines[0].Body);
        Body.Equal(
            $$"""
            {{{Start}},"@mt":"{A} {B} {C} {D} {E} {F} {G:0.00}","@r":["7.00"],"@l":"Error","@x":"System.InvalidOperationException: gone",
             "A":1,"B":"b","C":null,"D":[1,2],"E":"Error","F":6,"G":7,{{End}},"EventId":{"Id":21,"Name":"Named"} }
            """,
            _app.Log.Lines[1].Body);
        var free = Body.Parse(_app.Log.Lines[2].Body);
        Assert.Equal(("{Text}", "Fatal", "text"), ((string?)free["@mt"], (string?)free["@l"], (string?)free["Text"]));
    }

    [LoggerMessage(EventId = 20, Level = LogLevel.Debug, Message = "")]
    private static partial void Nothing(ILogger logger);

    [LoggerMessage(EventId = 21, EventName = "Named", Level = LogLevel.Error, Message = "{A} {B} {C} {D} {E} {F} {G:0.00}")]
    private static partial void Many(ILogger logger, int a, string b, object? c, int[] d, LogLevel e, long f, decimal g, Exception exception);

    [LoggerMessage(Message = "{Text}")]
    private static partial void Free(ILogger logger, LogLevel level, string text);

    private readonly struct StructState(int id) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public int Count => 2;

        public KeyValuePair<string, object?> this[int index] => index == 0 ? new("{OriginalFormat}", "Struct {Id}") : new("Id", id);

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => throw new NotSupportedException("read by index");

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Lies(Exception? thrown) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public int Count => thrown is null ? 5 : throw thrown;

        public KeyValuePair<string, object?> this[int index] => index < 2 ? new($"P{index}", index) : throw new TimeZoneNotFoundException("no such element");

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => throw new NotSupportedException();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
