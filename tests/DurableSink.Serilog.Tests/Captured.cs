using System.Globalization;
using System.Text.Json.Nodes;
using DurableSink.Events;
using DurableSink.Sinks;
using DurableSink.Tests.Events;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Json;
using Xunit;
using MessageTemplate = Serilog.Events.MessageTemplate;

namespace DurableSink.Tests.Sinks;

/// <summary>Events as Serilog makes them, and as lines of ours.</summary>
internal static class Captured
{
    public static LogEvent Event(Action<ILogger> call)
    {
        var sink = new Kept();
        using var logger = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(sink).CreateLogger();
        call(logger);
        return Assert.Single(sink.Events);
    }

    /// <summary>An event that no call makes, with properties as they are.</summary>
    public static LogEvent With(params (string Name, LogEventPropertyValue Value)[] properties) => new(
        Body.Now, LogEventLevel.Information, null, new MessageTemplate("x", []), properties.Select(p => new LogEventProperty(p.Name, p.Value)));

    /// <summary>The line's body: checked to be strict JSON without a name twice at the top.</summary>
    public static string Line(LogEvent e, int limit = 1 << 20)
    {
        var line = EventLine.Rent(limit);
        LogEventWriter.Write(line, e);
        if (line.IsFull) ShortenedEvent.Replace(line, limit);
        var body = Body.Checked(line.Bytes);
        EventLine.Return(line);
        return body;
    }

    public static JsonObject Json(LogEvent e) => Body.Parse(Line(e)).AsObject();

    /// <summary>A value as Serilog's own formatter of values writes it.</summary>
    public static JsonNode? BySerilog(LogEventPropertyValue value)
    {
        using var json = new StringWriter(CultureInfo.InvariantCulture);
        new JsonValueFormatter("$type").Format(value, json);
        return JsonNode.Parse(json.ToString());
    }

    public static void AssertJson(string expected, JsonNode? actual) => AssertJson(JsonNode.Parse(expected), actual);

    public static void AssertJson(JsonNode? expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"expected {expected?.ToJsonString() ?? "null"}\nbut got  {actual?.ToJsonString() ?? "null"}");

    private sealed class Kept : ILogEventSink
    {
        public List<LogEvent> Events { get; } = [];

        public void Emit(LogEvent logEvent) => Events.Add(logEvent);
    }
}
