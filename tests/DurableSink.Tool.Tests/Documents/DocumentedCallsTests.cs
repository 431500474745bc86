using DurableSink.Tooling;
using DurableSink.Tooling.Commands;
using Xunit;

namespace DurableSink.Tests.Tooling.Documents;

/// <summary>What documents and help tell to type is a command line of the tool. What it puts out is taken by tests/tool/captures.</summary>
public sealed class DocumentedCallsTests
{
    private const string Manual = "docs/TOOL.md";

    public static TheoryData<string, string> Lines => Rows(Typed().Where(code => ShellLine.Calls(code.Text).Any()));

    public static TheoryData<string, string> Mentions =>
        Rows(Inline().Where(code => ShellLine.Calls(code.Text).Any(call => call.Length > 0)));

    public static TheoryData<string> Examples => [.. ToolLine.Verbs.SelectMany(verb => verb.Examples).Select(example => example.Line)
        .Where(line => line.Contains(Tool.Name, StringComparison.Ordinal))]; // one is DuckDB's, on the files themselves

    [Theory]
    [MemberData(nameof(Lines))]
    public void Each_line_is_parsed(string place, string line)
    {
        foreach (var call in ShellLine.Calls(line))
        {
            var faults = ToolLine.Faults(call);
            Assert.True(EndsAsWrong(place) == faults.Length > 0, $"{place}: {line}\n{faults}");
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Each_example_of_the_help_is_parsed(string line)
    {
        var faults = ToolLine.Faults(Assert.Single(ShellLine.Calls(line)));
        Assert.True(faults.Length == 0, $"{line}\n{faults}");
    }


    [Theory]
    [MemberData(nameof(Mentions))]
    public void Each_call_within_a_text_has_a_verb_and_options_that_are_there(string place, string text) =>
        Assert.All(ShellLine.Calls(text), call => Assert.Equal((place, ""), (place, ToolLine.Unknown(call))));

    [Fact]
    public void The_manual_s_table_has_each_verb_with_options_that_are_there()
    {
        var table = DocumentCode.LinesOf(Manual).SkipWhile(line => line != "| verb | what for |");
        var rows = table.Skip(2).TakeWhile(line => line.StartsWith('|'));
        var calls = rows.Select(row => row.Split('`')[1].Split([' ', '[', ']'], StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.Equal(ToolLine.Verbs.Select(verb => verb.Name).Order(), calls.Select(call => call[0]).Order());
        Assert.All(calls, call => Assert.Equal("", ToolLine.Unknown(call)));
    }

    [Fact]
    public void Each_option_that_the_manual_names_is_one_of_its_verb()
    {
        var named = 0;
        foreach (var code in Inline().Where(code => code.Document == Manual))
        {
            var words = code.Text.Split(' ');
            var said = ToolLine.Verbs.FirstOrDefault(verb => verb.Name == words[0]); // `buffers --remove`, wherever it stands
            if (said is not null) words = words[1..];
            else if (!words[0].StartsWith('-')) continue; // another program's
            if (!words.Any(word => word.StartsWith("--", StringComparison.Ordinal))) continue;
            named++;
            var verb = said ?? SectionOf(code.Line);
            var verbs = verb is null ? ToolLine.Verbs : [verb]; // outside a verb's section: any
            var unknown = verbs.Select(of => ToolLine.Unknown([of.Name, .. words])).Min();
            Assert.Equal((code.Place, ""), (code.Place, unknown));
        }

        Assert.True(named > 20, $"only {named} options are named");
    }

    [Theory]
    [InlineData("durable-log list logs", "list")]
    [InlineData("$ shop | durable-log write logs --fsinc always", "--fsinc")]
    [InlineData("for v in ls stats; do durable-log $v logs --probe; done", "--probe")] // of ls
    public void A_verb_or_option_that_is_not_there_is_told(string line, string unknown)
    {
        Assert.Equal(unknown, string.Concat(ShellLine.Calls(line).Select(ToolLine.Unknown)));
        Assert.Contains(unknown, string.Concat(ShellLine.Calls(line).Select(ToolLine.Faults)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("durable-log ship logs --to there --once", "--to is 'there'")]
    [InlineData("durable-log ship logs --to dir:there", "Say one of --once")]
    [InlineData("durable-log verify", "Required argument missing")]
    [InlineData("durable-log ls logs more", "'more'")]
    public void A_line_that_the_tool_would_refuse_is_told(string line, string expected) =>
        Assert.Contains(expected, ToolLine.Faults(Assert.Single(ShellLine.Calls(line))), StringComparison.Ordinal);

    [Fact]
    public void Lines_are_taken_apart_as_a_shell_does()
    {
        Assert.Equal(["tail", "a b", "-f"], Assert.Single(ShellLine.Calls("$ durable-log tail 'a b' -f   # those to come")));
        Assert.Equal(["write", "logs"], Assert.Single(ShellLine.Calls("nginx 2>&1 | durable-log write logs > out")));
        var calls = ShellLine.Calls("$ for v in ls cat; do durable-log $v x; done; durable-log ls | wc");
        Assert.Equal([["ls", "x"], ["cat", "x"], ["ls"]], calls);
        Assert.Empty(ShellLine.Calls("not sealed; the application seals it, or durable-log recover after a crash"));
        Assert.Empty(ShellLine.Calls("durable-log: 'empty' is empty"));
    }

    private static IEnumerable<DocumentCode> Inline() => DocumentCode.All.Where(code => code.Kind == DocumentCode.Inline);

    private static IEnumerable<DocumentCode> ByLine() => DocumentCode.All.Where(code => code.Kind is "sh" or DocumentCode.Indented)
        .SelectMany(code => code.Text.Split('\n').Select((line, i) => code with { Line = code.Line + i, Text = line.Trim() }));

    /// <summary>All that is typed: not what a screen shows after its prompt.</summary>
    private static IEnumerable<DocumentCode> Typed()
    {
        var isOutput = false;
        foreach (var code in ByLine())
        {
            if (IsPrompt(code.Text)) isOutput = true;
            else if (isOutput)
            {
                isOutput = !IsExit(code.Text);
                continue;
            }

            yield return code;
        }
    }

    private static bool IsPrompt(string line) => line.StartsWith("$ ", StringComparison.Ordinal);

    private static bool IsExit(string line) => line.StartsWith("exit ", StringComparison.Ordinal);

    private static TheoryData<string, string> Rows(IEnumerable<DocumentCode> found)
    {
        var rows = new TheoryData<string, string>();
        foreach (var code in found) rows.Add(code.Place, code.Text);
        return rows;
    }

    /// <summary>Whether the screen that begins there shows that the command line was wrong.</summary>
    private static bool EndsAsWrong(string place)
    {
        var line = ByLine().SkipWhile(code => code.Place != place).ToList();
        return IsPrompt(line[0].Text) && line.First(code => IsExit(code.Text)).Text == $"exit {Exits.Usage}";
    }

    private static Verb? SectionOf(int line)
    {
        var before = DocumentCode.LinesOf(Manual).Take(line).Select(text => text.Split(' ', 2));
        var heading = before.LastOrDefault(words => words[0] is "##" or "###");
        return heading is ["###", var name] ? ToolLine.Verbs.Single(verb => verb.Name == name) : null;
    }
}
