using System.Collections;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using DurableSink.Tests.Commit;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>Values whose own code works against us: endless, throwing, blocking, lying.</summary>
public sealed class HostileValueTests
{
    [Fact]
    public void An_endless_state_or_scope_with_one_name_comes_to_an_end()
    {
        using var app = new DriveApp();
        Soon.Done(Soon.Run(() => app.Logger().Log(LogLevel.Information, default, Endless(static _ => "Same"), null, (_, _) => "state")));
        Soon.Done(Soon.Run(() => app.Logger().LogInformation("{Value}", Endless(static _ => "Same"))));
        using (app.Logger().BeginScope(Endless(static _ => "Same")))
            Soon.Done(Soon.Run(() => app.Logger().LogInformation("scope")));
        var read = app.Read();
        Assert.All(read, e => Assert.True(e.TryGetProperty("…", out _) || e.GetProperty("Value").TryGetProperty("…", out _)));
        Assert.Equal(3, read.Count);
    }

    [Fact]
    public void An_endless_state_or_scope_comes_to_an_end()
    {
        using var app = new DriveApp();
        Soon.Done(Soon.Run(() => app.Logger().Log(LogLevel.Information, default, Endless(static i => $"P{i}"), null, (_, _) => "state")));
        using (app.Logger().BeginScope(Endless(static i => $"P{i}")))
            Soon.Done(Soon.Run(() => app.Logger().LogInformation("scope")));
        Assert.Equal(2, app.Read().Count);
    }

    [Fact]
    public void A_list_that_claims_to_be_endless_comes_to_an_end()
    {
        using var app = new DriveApp();
        Soon.Done(Soon.Run(() => app.Logger().Log(LogLevel.Information, default, new Claims(), null, (_, _) => "state")));
        using (app.Logger().BeginScope(new Claims())) Soon.Done(Soon.Run(() => app.Logger().LogInformation("scope")));
        Assert.Equal(2, app.Read().Count);
    }

    [Fact]
    public void A_wide_cycle_that_throws_at_each_end_comes_to_an_end()
    {
        using var app = new DriveApp();
        Soon.Done(Soon.Run(() => app.Logger().LogInformation("{Value}", new WideAndThrowing())));
        Assert.True(Assert.Single(app.Read()).GetProperty("Truncated").GetBoolean());
    }

    [Fact]
    public void An_exception_with_100_000_inner_ones_neither_overflows_the_stack_nor_the_memory()
    {
        Exception chain = new TimeoutException("the root");
        for (var i = 0; i < 100_000; i++) chain = new InvalidOperationException($"level {i}", chain);
        Exception tree = new AggregateException("leaf", new TimeoutException("the root"));
        for (var i = 0; i < 40; i++) tree = new AggregateException("both", tree, tree); // 2 to the power of 40 paths

        using var app = new DriveApp();
        Soon.Done(Soon.Run(() => app.Logger().LogError(chain, "chain")));
        Soon.Done(Soon.Run(() => app.Logger().LogError(tree, "tree")));
        Soon.Done(Soon.Run(() => app.Logger().LogError("{Value}", chain)));
        Soon.Done(Soon.Run(() => app.Logger().LogError("{$Value} {Value:0}", chain, tree)));
        var read = app.Read();
        Assert.Equal(4, read.Count);
        Assert.StartsWith("System.InvalidOperationException: level 99999\n ---> System.InvalidOperationException: level 99998\n", Text(read[0], "@x"), StringComparison.Ordinal);
        Assert.Matches(@" ---> \(…", Text(read[0], "@x"));
        Assert.Contains(" ---> System.TimeoutException: the root", Text(read[0], "@x"), StringComparison.Ordinal);
        Assert.StartsWith("System.AggregateException (2 inner exceptions)\n ---> System.AggregateException (2 inner exceptions)\n", Text(read[1], "@x"), StringComparison.Ordinal);
        Assert.Contains(" ---> System.TimeoutException: the root", Text(read[1], "@x"), StringComparison.Ordinal);
        Assert.StartsWith("System.InvalidOperationException: level 99999\n", Text(read[2], "Value"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_of_ordinary_size_is_written_as_its_own_ToString_has_it()
    {
        Exception exception = new TimeoutException("the root");
        for (var i = 0; i < 20; i++) exception = i % 2 == 0 ? new InvalidOperationException($"level {i}", exception) : new AggregateException(exception, new TimeoutException("side"));
        using var app = new DriveApp();
        app.Logger().LogError(exception, "x");
        app.Logger().LogError("{Value}", exception);
        var read = app.Read();
        Assert.Equal(exception.ToString(), Text(read[0], "@x"));
        Assert.Equal(exception.ToString(), Text(read[1], "Value"));
    }

    [Fact]
    public void Exceptions_whose_own_members_throw_are_named()
    {
        using var app = new DriveApp();
        app.Logger().LogError(new Broken(message: true), "x");
        app.Logger().LogError(new Broken(message: false), "x");
        app.Logger().LogError(new InvalidOperationException("outer", new Broken(message: true)), "x");
        app.Logger().LogError("{Value}", new Broken(message: false));
        var read = app.Read();
        Assert.All(read.Take(3), e => Assert.Contains("(threw NotSupportedException: not even this)", Text(e, "@x"), StringComparison.Ordinal));
        Assert.Equal("(threw NotSupportedException: not even this)", Text(read[3], "Value"));
    }

    [Fact]
    public void A_stack_of_10_000_frames_is_cut_within_the_line()
    {
        using var app = new DriveApp(o => o.MaxEventBytes = 64 << 10);
        var thrown = Record.Exception(() => Deep(10_000))!;
        Assert.True(new StackTrace(thrown).FrameCount >= 10_000);
        app.Logger().LogError(thrown, "deep");
        app.Dispose();
        var read = Assert.Single(DriveApp.Read(app.Drive, 64 << 10));
        Assert.StartsWith("System.InvalidOperationException: at the bottom", Text(read, "@x"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_converter_that_writes_no_JSON_does_not_spoil_the_line()
    {
        using var app = new DriveApp(o => o.TypeInfoResolver = new DefaultJsonTypeInfoResolver());
        foreach (var raw in new[] { "no json", "\"open", "1 2", "{\"a\":1,}", "\"\u0001\"", "1}", "[\n1\n]" }) app.Logger().LogInformation("{@Value} {After}", new Raw(raw), 1);
        var read = app.Read();
        Assert.Equal(7, read.Count);
        Assert.All(read, e => Assert.Equal(1, e.GetProperty("After").GetInt32()));
        Assert.All(read.Take(6), e => Assert.StartsWith("(threw ", Text(e, "Value"), StringComparison.Ordinal));
        Assert.Equal(1, read[6].GetProperty("Value")[0].GetInt32());
    }

    [Fact]
    public void A_cyclic_object_that_is_captured_is_given_up()
    {
        using var app = new DriveApp(o => o.TypeInfoResolver = new DefaultJsonTypeInfoResolver());
        var knot = new Knot();
        knot.Next = knot;
        app.Logger().LogInformation("{@Value} {After}", knot, 1);
        var chain = new Knot();
        for (var i = 0; i < 10_000; i++) chain = new Knot { Next = chain };
        app.Logger().LogInformation("{@Value} {After}", chain, 1);
        Assert.All(app.Read(), e => Assert.StartsWith("(threw ", Text(e, "Value"), StringComparison.Ordinal));
    }

    [Fact]
    public void What_lies_about_its_length_or_its_text_is_told()
    {
        using var app = new DriveApp();
        app.Logger().LogInformation("{Value} {Nothing} {Formatted:x}", new Liar(), new Silent(), new Liar());
        var read = Assert.Single(app.Read());
        Assert.StartsWith("(threw ArgumentOutOfRangeException", Text(read, "Value"), StringComparison.Ordinal);
        Assert.StartsWith("(threw ArgumentOutOfRangeException", read.GetProperty("@r")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("", Text(read, "Nothing"));
    }

    [Fact]
    public void A_value_that_blocks_holds_up_nobody_else()
    {
        using var app = new DriveApp();
        using var gate = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        var blocked = Soon.Run(() => app.Logger().LogInformation("{Value}", new Does(() =>
        {
            entered.Set();
            gate.Wait(Soon.Deadline, TestContext.Current.CancellationToken);
        })));
        Assert.True(entered.Wait(Soon.Deadline, TestContext.Current.CancellationToken));
        Soon.Done(Soon.Run(() => app.Logger().LogInformation("another")));
        app.Log.Flush();
        Assert.Equal(1, app.Log.DurableSequence);
        Soon.Done(Soon.Run(app.Dispose));
        gate.Set();
        Soon.Done(blocked); // its log is closed by now: nothing is thrown
        Assert.Equal("another", Text(Assert.Single(DriveApp.Read(app.Drive)), "@mt"));
    }

    [Fact]
    public void A_level_that_does_not_exist_is_not_taken_for_Information()
    {
        using var app = new DriveApp();
        app.Logger().Log((LogLevel)42, "x");
        app.Logger().Log((LogLevel)(-1), "x");
        Assert.All(app.Read(), e => Assert.Equal("Verbose", Text(e, "@l")));
    }

    private static string Text(JsonElement e, string name) => e.GetProperty(name).ToString();

    private static IEnumerable<KeyValuePair<string, object?>> Endless(Func<int, string> name)
    {
        for (var i = 0; ; i++) yield return new(name(i), i);
    }

    private static int Deep(int frames) => frames == 0 ? throw new InvalidOperationException("at the bottom") : Deep(frames - 1) + 1;

    private sealed class Claims : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public int Count => int.MaxValue;

        public KeyValuePair<string, object?> this[int index] => new("Same", index);

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => throw new NotSupportedException();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class WideAndThrowing : IEnumerable
    {
        public IEnumerator GetEnumerator()
        {
            for (var i = 0; i < 900; i++) yield return this;
            throw new InvalidOperationException("late");
        }
    }

    private sealed class Broken(bool message) : Exception
    {
        public override string Message => message ? throw new NotSupportedException("not even this") : "fine";

        public override string? StackTrace => message ? null : throw new NotSupportedException("not even this");
    }

    [JsonConverter(typeof(RawConverter))]
    private sealed record Raw(string Json);

    private sealed class RawConverter : JsonConverter<Raw>
    {
        public override Raw Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Raw value, JsonSerializerOptions options) => writer.WriteRawValue(value.Json, skipInputValidation: true);
    }

    private sealed class Knot
    {
        public Knot? Next { get; set; }
    }

    private sealed class Liar : ISpanFormattable
    {
        public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        {
            charsWritten = destination.Length + 1;
            return true;
        }

        public string ToString(string? format, IFormatProvider? formatProvider) => "liar";
    }

    private sealed class Silent
    {
        public override string? ToString() => null;
    }

    private sealed class Does(Action action)
    {
        public override string ToString()
        {
            action();
            return "done";
        }
    }
}
