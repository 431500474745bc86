using System.Text;
using DurableSink.Events;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Events;

public sealed class ShortenedEventTests
{
    private static string Shortened(in DurableEvent e, int maxBodyBytes, out int originalBytes)
    {
        var line = EventLine.Rent();
        ClefWriter.Write(line, in e, Body.Now);
        originalBytes = line.Length;
        ShortenedEvent.Replace(line, maxBodyBytes);
        Assert.InRange(line.Length, 1, maxBodyBytes);
        var body = Body.Checked(line.Bytes);
        EventLine.Return(line);
        return body;
    }

    [Fact]
    public void Keeps_what_identifies_the_event_and_says_what_it_is()
    {
        var e = new DurableEvent("Order {Id}")
        {
            Level = LogLevel.Error,
            Exception = new InvalidOperationException("broken"),
            Properties = [new("Id", 7), new("Huge", new string('x', 5000)), new("SourceContext", "Shop.Orders")],
        };
        var body = Shortened(in e, 900, out var originalBytes);
        Body.Equal(
            $$"""
            {"@t":"2026-11-20T08:00:01.1234567Z","@mt":"Order {Id}","@l":"Error","@x":"System.InvalidOperationException: broken",
             "SourceContext":"Shop.Orders","Truncated":true,"OriginalBytes":{{originalBytes}}}
            """,
            body);
    }

    [Fact]
    public void Is_valid_and_within_the_limit_wherever_it_cuts()
    {
        var awkward = string.Concat(Enumerable.Repeat("\\\\\"\u0001ä👍\u2028\n\\", 200));
        var e = new DurableEvent(awkward)
        {
            Level = LogLevel.Warning,
            Exception = new InvalidOperationException(awkward),
            Properties = [new("SourceContext", awkward)],
        };
        for (var limit = 100; limit < 1500; limit++) Shortened(in e, limit, out _);
    }

    [Fact]
    public void A_body_that_is_no_JSON_still_leaves_its_time()
    {
        var line = EventLine.Rent();
        line.Write(Encoding.UTF8.GetBytes("{\"@t\":\"2026-11-20T08:00:01.1234567Z\",\"@mt\":\"x\",\"A\":nonsense" + new string('x', 2000)));
        ShortenedEvent.Replace(line, 900);
        Body.Equal("""{"@t":"2026-11-20T08:00:01.1234567Z","Truncated":true,"OriginalBytes":2059}""", Body.Checked(line.Bytes));
        EventLine.Return(line);
    }
}
