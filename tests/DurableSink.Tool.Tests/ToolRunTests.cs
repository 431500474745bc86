using DurableSink.Tooling;
using DurableSink.Tooling.Terminal;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Tooling;

/// <summary>What holds for all verbs: help, errors, exit codes, colours, a reader that goes away.</summary>
public sealed class ToolRunTests : ToolTest
{
    private static readonly string[] Verbs = ["ls", "cat", "tail", "verify", "stats", "write", "recover", "export", "ship", "buffers"];

    public static TheoryData<string> AllVerbs => [.. Verbs];

    [Fact]
    public void Without_a_verb_all_of_them_are_listed()
    {
        var ran = Run();
        Assert.Equal((0, ""), (ran.Exit, ran.Error));
        Assert.All(Verbs, verb => Assert.Matches($@"\n  {verb} ", ran.Out));
    }

    [Theory]
    [MemberData(nameof(AllVerbs))]
    public void Each_verb_has_help_with_examples(string verb)
    {
        var ran = Run(verb, "--help");
        Assert.Equal((0, ""), (ran.Exit, ran.Error));
        Assert.Matches($@"Examples:\n  # .*\n  .*durable-log {verb}[ \n]", ran.Out);
    }

    [Theory]
    [MemberData(nameof(AllVerbs))]
    public void A_wrong_command_line_is_told_in_a_line_and_nothing_is_done(string verb)
    {
        foreach (var args in new[] { new[] { verb }, [verb, Dir, "--nonsense"] })
        {
            if (args is ["buffers"]) continue; // the one verb that needs no more
            var ran = Run(args);
            Assert.Equal((Exits.Usage, ""), (ran.Exit, ran.Out));
            Assert.StartsWith("durable-log: ", ran.Error, StringComparison.Ordinal);
            Assert.EndsWith($"Try: durable-log {verb} --help\n", ran.Error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Dir));
    }

    [Theory]
    [InlineData("--since", "yesterday", "--since is 'yesterday'. Allowed: a time such as 2026-11-20T08:00")]
    [InlineData("--since", "5", "--since is '5'. Allowed: ")]
    [InlineData("--from-seq", "0", "--from-seq is '0'. Allowed: a whole number from 1 on.")]
    [InlineData("--limit", "x", "--limit is 'x'. Allowed: a whole number from 1 on.")]
    [InlineData("--level", "Bad", "--level is 'Bad'. Allowed: Verbose (Trace), Debug,")]
    [InlineData("--property", "=5", "--property is '=5'. Allowed: NAME=VALUE")]
    public void A_wrong_value_is_told_with_what_is_allowed(string option, string value, string expected)
    {
        var ran = Run("cat", Dir, option, value);
        Assert.Equal(Exits.Usage, ran.Exit);
        Assert.Contains(expected, ran.Error);
    }

    [Fact]
    public void Where_an_error_comes_from_is_shown_when_asked()
    {
        Assert.DoesNotContain("   at ", Run("ls", Temp["none"]).Error);
        Assert.Contains("   at DurableSink.Tooling", Run("ls", Temp["none"], "--verbose").Error);
    }

    [Fact]
    public void Colours_go_to_a_terminal_only_and_not_where_they_are_not_wanted()
    {
        Write(new DurableEvent("m") { Level = LogLevel.Error });
        foreach (var verb in new[] { "ls", "cat", "tail", "verify", "stats" })
        {
            Assert.DoesNotContain('\e', Run(verb, Dir).Out);
            Assert.Contains('\e', On(verb, isTerminal: true, noColor: false));
            Assert.DoesNotContain('\e', On(verb, isTerminal: true, noColor: true));
        }

        string On(string verb, bool isTerminal, bool noColor)
        {
            using var output = new MemoryStream();
            Assert.Equal(0, Tool.Run([verb, Dir], World(Stream.Null, output, TextWriter.Null) with { IsOutTerminal = isTerminal, NoColor = noColor }));
            return System.Text.Encoding.UTF8.GetString(output.ToArray());
        }
    }

    [Theory]
    [InlineData("ls")]
    [InlineData("cat")]
    [InlineData("verify")]
    [InlineData("stats")]
    [InlineData("export")]
    public void A_reader_that_went_away_ends_it_quietly(string verb)
    {
        Write(DurableEvent.Create("m"));
        using var error = new StringWriter();
        using var broken = new BrokenPipe();
        Assert.Equal((Exits.BrokenPipe, ""), (Tool.Run([verb, Dir], World(Stream.Null, broken, error)), error.ToString()));
    }

    private sealed class BrokenPipe : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new BrokenPipeException();
    }
}
