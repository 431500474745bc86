using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using DurableSink.Segments;
using DurableSink.Tests.Segments;
using DurableSink.Tooling;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

public sealed class WriteTests : ToolTest
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    public WriteTests() => Clock = new StandingClock(Now);

    [Theory]
    [InlineData("plain text", """{"@t":"2026-11-20T08:00:00.0000000Z","@m":"plain text"}""")]
    [InlineData("tab\tquote\" \u0085\u001b[1m\r", """{"@t":"2026-11-20T08:00:00.0000000Z","@m":"tab\tquote\" \u0085\u001B[1m"}""")]
    [InlineData("{not json}", """{"@t":"2026-11-20T08:00:00.0000000Z","@m":"{not json}"}""")]
    [InlineData("""{"a":1} {"b":2}""", """{"@t":"2026-11-20T08:00:00.0000000Z","@m":"{\"a\":1} {\"b\":2}"}""")]
    [InlineData("[1,2]", """{"@t":"2026-11-20T08:00:00.0000000Z","@m":"[1,2]"}""")]
    [InlineData("{}", """{"@t":"2026-11-20T08:00:00.0000000Z"}""")]
    [InlineData("""  {"UserId": 42, "Big":1e400,"é":"\u00e9"}  """, """{"@t":"2026-11-20T08:00:00.0000000Z","UserId":42,"Big":1e400,"é":"\u00e9"}""")]
    [InlineData("""{"@mt":"{A}","@l":"Error","@x":"boom","@tr":"t","@sp":"s","@r":["1"],"@i":7,"A":{"@B": [1, 2]}}""",
        """{"@t":"2026-11-20T08:00:00.0000000Z","@mt":"{A}","@l":"Error","@x":"boom","@tr":"t","@sp":"s","@r":["1"],"@i":7,"A":{"@B": [1, 2]}}""")]
    [InlineData("""{"A":1,"@t":"2026-11-20T10:00:00.5+01:00"}""", """{"@t":"2026-11-20T09:00:00.5000000Z","A":1}""")]
    [InlineData("""{"@t":"yesterday","@timestamp":1,"@@x":2,"@seq":3,"@hash":"x","@header":1}""",
        """{"@t":"2026-11-20T08:00:00.0000000Z","@@t":"yesterday","@@timestamp":1,"@@x":2,"@@seq":3,"@@hash":"x","@@header":1}""")]
    [InlineData("""{"@mt":5,"@l":null,"@r":"no","@i":{}}""", """{"@t":"2026-11-20T08:00:00.0000000Z","@@mt":5,"@@l":null,"@@r":"no","@@i":{}}""")]
    [InlineData("""{"A":1,"B":2,"A":3,"\u0041":4}""", """{"@t":"2026-11-20T08:00:00.0000000Z","B":2,"\u0041":4}""")]
    [InlineData("""{"@x1":1,"@@x1":2}""", """{"@t":"2026-11-20T08:00:00.0000000Z","@@x1":2}""")]
    [InlineData("""{"\ud800":1}""", """{"@t":"2026-11-20T08:00:00.0000000Z","@m":"{\"\\ud800\":1}"}""")]
    public void A_line_becomes_an_event(string input, string expected)
    {
        Assert.Equal(0, RunWith(input + "\n", "write", Dir).Exit);
        var line = Assert.Single(Lines());
        Assert.Equal(expected, line);
        JsonDocument.Parse(line);
    }

    // Right after @t it would be a key that the log answers for (docs/FORMAT.md, Idempotency keys).
    [Theory]
    [InlineData("""{"IdempotencyKey":"k","A":1,"@mt":"m"}""", """{"@t":"2026-11-20T08:00:00.0000000Z","A":1,"@mt":"m","IdempotencyKey":"k"}""")]
    [InlineData("""{"@t":"2026-11-20T08:00:00Z","IdempotencyKey":"k"}""", """{"@t":"2026-11-20T08:00:00.0000000Z","@m":"","IdempotencyKey":"k"}""")]
    [InlineData("""{"Idempotency\u004bey":"k"}""", """{"@t":"2026-11-20T08:00:00.0000000Z","@m":"","Idempotency\u004bey":"k"}""")]
    public void A_property_that_is_called_as_idempotency_keys_are_is_none(string input, string expected)
    {
        Assert.Equal(0, RunWith(input + "\n", "write", Dir).Exit);
        Assert.Equal(expected, Assert.Single(Lines()));
    }

    [Fact]
    public void Lines_that_are_not_utf8_or_too_deep_are_messages()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"a":""", 70)) + "1" + new string('}', 70);
        Assert.Equal(0, RunWith(deep + "\n", "write", Dir).Exit);
        Assert.Equal(deep, JsonDocument.Parse(Lines()[0]).RootElement.GetProperty("@m").GetString());
        using var input = new MemoryStream([.. "{\"a\":\""u8, 0xFF, 0, .. "\"}\n"u8]);
        Assert.Equal(0, Tool.Run(["write", Dir], World(input, Stream.Null, TextWriter.Null)));
        Assert.Equal("{\"a\":\"\uFFFD\0\"}", JsonDocument.Parse(Lines()[1]).RootElement.GetProperty("@m").GetString());
    }

    [Fact]
    public void Blank_lines_are_no_events_and_the_last_line_needs_no_end()
    {
        var ran = RunWith("\uFEFFa\n\n  \r\nb", "write", Dir);
        Assert.Equal(["a", "b"], Lines().Select(l => JsonDocument.Parse(l).RootElement.GetProperty("@m").GetString()));
        Assert.Contains("durable-log: 4 lines, 2 events, all durable in ", ran.Error);
    }

    [Fact]
    public void Another_logs_lines_get_numbers_and_hashes_of_this_one()
    {
        var text = new SegmentText(500, "aaaaaaaa").Commit(3).Commit(3).Seal();
        Assert.Equal(0, RunWith(Encoding.UTF8.GetString(text.Exact()), "write", Dir).Exit);
        Assert.Equal(Enumerable.Range(500, 6).Select(n => Encoding.UTF8.GetString(text.Line(n).AsSpan(0, LineTrailer.BodyLength(text.Line(n)))) + "}"), Lines());
        Assert.Equal(0, Run("verify", Dir).Exit);
    }

    [Fact]
    public void What_only_looks_like_another_logs_line_brings_no_broken_json_in()
    {
        var body = "{\"@t\":\"2026-11-20T08:00:00.0000000Z\",broken";
        var line = new byte[body.Length + LineTrailer.Length(7, withDurable: false)];
        Encoding.UTF8.GetBytes(body, line);
        LineTrailer.Write(line, body.Length, 7, withDurable: false);
        Assert.Equal(0, RunWith(Encoding.UTF8.GetString(line), "write", Dir).Exit);
        Assert.Equal(Encoding.UTF8.GetString(line).Trim(), JsonDocument.Parse(Lines()[0]).RootElement.GetProperty("@m").GetString());
    }

    [Fact]
    public void Lines_that_are_too_long_are_shortened_and_that_is_told()
    {
        var ran = RunWith($"a\n{new string('x', 100_000)}\n{{\"@mt\":\"m\",\"A\":\"{new string('y', 5000)}\"}}\nb\n", "write", Dir, "--set", "MaxEventBytes=4KiB");
        Assert.Equal(1, ran.Exit);
        Assert.Contains("2 lines longer than MaxEventBytes (4096 bytes) were shortened", ran.Error);
        var lines = Lines().Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(4, lines.Count);
        Assert.True(lines[1].GetProperty("Truncated").GetBoolean() && lines[1].GetProperty("OriginalBytes").GetInt64() >= 100_000);
        Assert.Equal(("m", true), (lines[2].GetProperty("@mt").GetString(), lines[2].GetProperty("Truncated").GetBoolean()));
        Assert.Equal("b", lines[3].GetProperty("@m").GetString());
    }

    [Theory]
    [InlineData("batch")]
    [InlineData("always")]
    [InlineData("os")]
    public void Many_lines_are_all_durable_under_every_policy_and_passed_on_unchanged(string fsync)
    {
        var input = string.Concat(Enumerable.Range(1, 20_000).Select(n => $"line {n} {new string('.', n % 300)}\n"));
        var ran = RunWith(input, "write", Dir, "--fsync", fsync, "--tee", "--acknowledge");
        Assert.Equal(0, ran.Exit);
        Assert.Equal(input, ran.Out);
        Assert.Equal("durable 20000", ran.Error.Split('\n').Last(l => l.StartsWith("durable ", StringComparison.Ordinal)));
        Assert.Equal(20_000, Lines().Count);
        Assert.Equal(0, Run("verify", Dir).Exit);
    }

    [Fact]
    public void A_log_keeps_its_name_and_a_new_one_has_its_directorys()
    {
        RunWith("a\n", "write", Temp["my log"]);
        Assert.Contains("\"LogName\":\"my_log\"", File.ReadAllText(Path.Combine(Temp["my log"], "LOG")));
        Write(); // named orders
        Assert.Equal(0, RunWith("a\n", "write", Dir).Exit);
        Assert.Contains("LogName is 'other'", RunWith("a\n", "write", Dir, "--set", "LogName=other").Error);
    }

    [Theory]
    [InlineData("--fsync", "never", "--fsync is 'never'. Allowed: Always, Batch, Os.")]
    [InlineData("--set", "SegmentByte=1", "Did you mean SegmentBytes?")]
    [InlineData("--set", "Segment", "--set is 'Segment'. Allowed: NAME=VALUE")]
    [InlineData("--set", "SegmentBytes=1GiBB", "which cannot be read")]
    [InlineData("--set", "SegmentBytes=64KiB", "less than 2 times MaxEventBytes")]
    public void Wrong_options_are_told(string option, string value, string expected)
    {
        var ran = RunWith("a\n", "write", Dir, option, value);
        Assert.NotEqual(0, ran.Exit);
        Assert.Contains(expected, ran.Error);
        Assert.False(Directory.Exists(Dir));
    }

    [Fact]
    public void A_log_that_somebody_writes_is_not_written_by_a_second_one()
    {
        using var log = DurableLog.Open(new() { Directory = Dir, LogName = "orders" });
        var ran = RunWith("a\n", "write", Dir, "--set", "LockTimeout=0s");
        Assert.Equal(3, ran.Exit);
        Assert.Contains("is in use by host", ran.Error);
    }

    [Fact]
    public async Task What_was_read_before_an_interruption_is_durable()
    {
        var pipe = new Pipe();
        using var stop = new CancellationTokenSource();
        using var error = new StringWriter();
        var world = World(pipe.Reader.AsStream(), Stream.Null, TextWriter.Synchronized(error)) with { Stop = stop.Token };
        var exit = new TaskCompletionSource<int>();
        new Thread(() => exit.SetResult(Tool.Run(["write", Dir, "--acknowledge"], world))) { IsBackground = true }.Start();
        await pipe.Writer.WriteAsync("a\nb\nhalf"u8.ToArray(), TestContext.Current.CancellationToken);
        await Until(() => error.ToString().Contains("durable 2"));
        await stop.CancelAsync();
        Assert.Equal(Exits.Interrupted, await exit.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(2, Lines().Count);
    }

    private static async Task Until(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(10, TestContext.Current.CancellationToken);
    }

    /// <summary>The events as they were appended.</summary>
    private List<string> Lines() => [.. new DurableLogReader(Dir).Read().Select(r => Encoding.UTF8.GetString(r.Json.Span[..LineTrailer.BodyLength(r.Json.Span)]) + "}")];
}
