using System.Text;
using DurableSink.Events;
using Microsoft.Extensions.Logging;
using Xunit;

#pragma warning disable CA2254 // templates that vary are what is tested

namespace DurableSink.Tests.Logging;

/// <summary>What is remembered of a log statement changes nothing of what is written: its first event, written without, is as its third.</summary>
public sealed class LogStatementTests : IDisposable
{
    private const string Template = "User {UserId} ordered {Count}";

    private readonly LoggingApp _app = new();

    public void Dispose() => _app.Dispose();

    public static TheoryData<string, object?[]> Statements => new()
    {
        { "nothing to fill", [] },
        { Template, [42, "tea"] },
        { "{Nothing} and {Text}", [null, "a \"quoted\" \n line"] },
        { "{@Object} {$Text} {Plain}", [new Uri("http://a/b"), DayOfWeek.Friday, 1.25m] },
        { "{Twice} {Twice}", ["first", "second"] },
        { "{SourceContext} {EventId}", ["mine", "mine too"] },
        { "{Took,10:0.000} ms", [1.5] },
        { "{@At} and {{no hole}} {\ud800}", ["x", 1] },
        { "{A} {B} {C} {D} {E} {F} {G} {H} {I} {J} {K} {L} {M} {N} {O} {P} {Q} {R} {S} {T} {U} {V} {W} {X} {Y} {Z}", [.. Enumerable.Range(0, 26).Cast<object?>()] },
    };

    [Theory]
    [MemberData(nameof(Statements))]
    public void An_event_is_written_the_same_before_and_after_its_statement_is_known(string template, object?[] values)
    {
        var logger = _app.Logger();
        var scope = new Dictionary<string, object?> { ["UserId"] = "scope", ["A"] = "scope", ["SourceContext"] = "scope", ["EventId"] = "scope", ["Own"] = 1 };
        foreach (var eventId in new EventId[] { default, new(7, "Ordered") })
        {
            for (var i = 0; i < 3; i++) logger.Log(LogLevel.Warning, eventId, new TimeoutException("late"), template, values);
            using (logger.BeginScope(scope))
                for (var i = 0; i < 3; i++) logger.Log(LogLevel.Warning, eventId, template, values);
        }

        // Of each group of three, the first ever was written without, all others may be written with what is known.
        var other = new LoggingApp();
        var fresh = other.Logger();
        var lines = _app.Log.Lines.Select(line => line.Body).ToList();
        Assert.Single(lines[..3].Distinct());
        Assert.Single(lines[3..6].Distinct());
        Assert.Single(lines[6..9].Distinct());
        Assert.Single(lines[9..].Distinct());
        foreach (var (line, eventId, withScope) in new (string, EventId, bool)[] { (lines[3], default, true), (lines[6], new(7, "Ordered"), false), (lines[9], new(7, "Ordered"), true) })
        {
            using (withScope ? fresh.BeginScope(scope) : null)
                fresh.Log(LogLevel.Warning, eventId, withScope ? null : new TimeoutException("late"), new string(template.ToCharArray()), values); // another object: never known
            Assert.Equal(other.Log.Lines[^1].Body, line);
        }

        other.Dispose();
    }

    [Fact]
    public void Statements_that_share_a_template_do_not_share_more()
    {
        var logger = _app.Logger();
        for (var i = 0; i < 3; i++) logger.Log(LogLevel.Information, new EventId(1), Template, 1, "one");
        for (var i = 0; i < 3; i++) logger.Log(LogLevel.Error, new EventId(2, "Two"), Template, 2, "two");
        for (var i = 0; i < 3; i++) logger.Log(LogLevel.Information, default, new KeyValuePair<string, object?>[] { new("Other", 3), new("{OriginalFormat}", Template) }, null, static (_, _) => "");
        for (var i = 0; i < 3; i++) logger.Log(LogLevel.Information, default, new KeyValuePair<string, object?>[] { new("UserId", 4), new("Other", 4), new("{OriginalFormat}", Template) }, null, static (_, _) => "");
        var lines = _app.Log.Lines.Select(line => Events.Body.Parse(line.Body)).ToList();
        Assert.All(lines[..3], line => Assert.Equal((1, "one", 1), ((int)line["UserId"]!, (string?)line["Count"], (int)line["EventId"]!["Id"]!)));
        Assert.All(lines[3..6], line => Assert.Equal((2, "two", "Two", "Error"), ((int)line["UserId"]!, (string?)line["Count"], (string?)line["EventId"]!["Name"], (string?)line["@l"])));
        Assert.All(lines[6..9], line => Assert.Equal((3, false, false), ((int)line["Other"]!, line["UserId"] != null, line["EventId"] != null)));
        Assert.All(lines[9..], line => Assert.Equal((4, 4), ((int)line["UserId"]!, (int)line["Other"]!)));
    }

    [Fact]
    public void Many_statements_of_many_threads_keep_their_own()
    {
        var templates = Enumerable.Range(0, 200).Select(n => $"statement {n} of {{User{n}}}").ToArray();
        var logger = _app.Logger();
        Parallel.For(0, 4, _ =>
        {
            for (var round = 0; round < 5; round++)
                for (var n = 0; n < templates.Length; n++) logger.LogInformation(templates[n], n);
        });
        Assert.Equal(4 * 5 * 200, _app.Log.Lines.Count);
        Assert.All(_app.Log.Lines, line =>
        {
            var json = Events.Body.Parse(line.Body);
            var n = int.Parse(((string)json["@mt"]!).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(n, (int)json[$"User{n}"]!);
        });
    }

    [Theory]
    [InlineData("2026-11-20T08:00:01.1234567Z")]
    [InlineData("2026-11-20T08:00:01.0000000Z")]
    [InlineData("2026-11-20T08:00:01.9999999Z")]
    [InlineData("2026-11-20T08:00:02.0000000Z")]
    [InlineData("0001-01-01T00:00:00.0000001Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z")]
    public void A_lines_start_is_its_own_time(string text)
    {
        var start = new LineStart();
        var time = DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        start.At(new DateTimeOffset(2026, 11, 20, 8, 0, 1, TimeSpan.Zero));
        foreach (var at in new[] { time, time.ToOffset(time.Year is > 1 and < 9999 ? TimeSpan.FromHours(3) : TimeSpan.Zero), time })
            Assert.Equal($"{{\"@t\":\"{text}\"", Encoding.UTF8.GetString(start.At(at)));
    }
}
