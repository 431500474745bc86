using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DurableSink.Events;
using Xunit;

namespace DurableSink.Tests.Events;

/// <summary>A line's body, checked for what every body promises and compared as JSON.</summary>
internal static class Body
{
    public static readonly DateTimeOffset Now = new DateTimeOffset(2026, 11, 20, 8, 0, 1, TimeSpan.Zero).AddTicks(1234567);

    public static string Of(in DurableEvent e)
    {
        var line = EventLine.Rent();
        ClefWriter.Write(line, in e, Now);
        var body = Checked(line.Bytes);
        EventLine.Return(line);
        return body;
    }

    public static string OfValue(object? value)
    {
        var line = EventLine.Rent();
        ClefValue.Write(line, value);
        var json = Encoding.UTF8.GetString(line.Bytes);
        EventLine.Return(line);
        Assert.DoesNotContain('\n', json);
        JsonDocument.Parse(json).Dispose();
        return json;
    }

    /// <summary>The body as text, once it is known to begin as recovery expects, to hold no line break and no name twice.</summary>
    public static string Checked(ReadOnlySpan<byte> body)
    {
        var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body);
        Assert.Matches(@"^\{""@t"":""\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z""", text);
        Assert.DoesNotContain('\n', text);
        JsonDocument.Parse(text + "}", new JsonDocumentOptions { AllowDuplicateProperties = false }).Dispose();
        return text;
    }

    public static void Equal(string expectedJson, string body)
    {
        var expected = JsonNode.Parse(expectedJson);
        var actual = JsonNode.Parse(body + "}");
        Assert.True(JsonNode.DeepEquals(expected, actual), $"expected {expected!.ToJsonString()}\nbut got {body}}}");
    }

    public static JsonNode Parse(string body) => JsonNode.Parse(body + "}")!;
}
