using System.Globalization;
using System.Text;

namespace DurableSink.Tooling.Terminal;

/// <summary>Logged text for people. What a terminal would obey, or what would break the line, is shown as its escape: anybody may have
/// put it into the log.</summary>
internal static class PlainText
{
    /// <summary>Appends the text as one line.</summary>
    public static void Append(StringBuilder into, ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!IsCommand(c)) into.Append(c);
            else if (c == '\n') into.Append("\\n");
            else if (c == '\r') into.Append("\\r");
            else into.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }
    }

    /// <summary>Appends each line of the text on a line of its own, indented.</summary>
    public static void AppendIndented(StringBuilder into, ReadOnlySpan<char> text, string indent)
    {
        foreach (var line in text.TrimEnd("\r\n").EnumerateLines())
        {
            into.Append('\n').Append(indent);
            Append(into, line);
        }
    }

    private static bool IsCommand(char c) => c switch
    {
        '\t' => false,
        < ' ' or (>= '\u007f' and <= '\u009f') => true, // C0, DEL, C1
        '\u2028' or '\u2029' => true, // line ends
        (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => true, // what turns the direction of all that follows
        _ => false,
    };
}
