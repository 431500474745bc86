using System.Text.RegularExpressions;

namespace DurableSink.Tests.Tooling.Documents;

/// <summary>As much of a shell as the documents need: words and quotes, pipes, comments, and a loop over words.</summary>
internal static partial class ShellLine
{
    /// <summary>The arguments of each call of the tool that the line makes.</summary>
    public static IEnumerable<string[]> Calls(string line)
    {
        if (Loop().Match(line) is { Success: true } loop)
        {
            var (name, body) = ("$" + loop.Groups[1].Value, loop.Groups[3].Value);
            var turns = loop.Groups[2].Value.Split(' ').Select(word => body.Replace(name, word, StringComparison.Ordinal));
            return [.. turns.SelectMany(Calls), .. Calls(line[(loop.Index + loop.Length)..])];
        }

        return Call().Matches(line).Select(call => Words(line[(call.Index + call.Length)..]));
    }

    private static string[] Words(string text)
    {
        var words = new List<string>();
        for (var at = 0; Word().Match(text, at) is { Success: true } word; at = word.Index + word.Length)
        {
            var parts = word.Groups[1].Captures.Select(part => part.Value is ['\'' or '"', .. var quoted, _] ? quoted : part.Value);
            words.Add(string.Concat(parts));
        }

        return [.. words];
    }

    /// <summary>Where a command begins: not in what one puts out, which may name another.</summary>
    [GeneratedRegex(@"(?<=^(?:\$ )?|[|;]\s*|\bdo\s+|^sudo -u \w+\s+)durable-log(?=\s|$)")]
    private static partial Regex Call();

    [GeneratedRegex(@"\bfor (\w+) in ([^;]+); do (.*?); done")]
    private static partial Regex Loop();

    /// <summary>Ends before what is not quoted and ends a command, or its arguments.</summary>
    [GeneratedRegex(@"\G\s*(?!#)('[^']*'|""[^""]*""|[^\s'""|;&<>]+)+")]
    private static partial Regex Word();
}
