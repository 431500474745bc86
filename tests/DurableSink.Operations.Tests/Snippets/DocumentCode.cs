using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace DurableSink.Tests;

/// <summary>
/// Code in the documents for users, and the line on which it begins. Its kind is a fence's language; <see cref="Indented"/>, line by line;
/// or <see cref="Inline"/>.
/// </summary>
internal sealed partial record DocumentCode(string Document, int Line, string Kind, string Text)
{
    public const string Indented = "indented";
    public const string Inline = "inline";

    private static readonly string Home = HomeOf();

    public static IReadOnlyList<DocumentCode> All { get; } = [.. Documents().SelectMany(document => Of(document, LinesOf(document)))];

    public string Place => $"{Document}:{Line}";

    public static string[] LinesOf(string document) => File.ReadAllLines(Path.Combine(Home, document));

    public static IEnumerable<DocumentCode> Of(string document, IReadOnlyList<string> lines)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                var (first, language) = (i + 1, lines[i][3..].Trim());
                do
                {
                    if (++i == lines.Count) throw new InvalidOperationException($"{document}:{first} begins code that does not end.");
                }
                while (!lines[i].StartsWith("```", StringComparison.Ordinal));
                yield return new(document, first + 1, language, string.Join('\n', lines.Skip(first).Take(i - first)));
                continue;
            }

            if (lines[i].StartsWith("    ", StringComparison.Ordinal)) yield return new(document, i + 1, Indented, lines[i].Trim());
            var text = lines[i].StartsWith('|') ? lines[i].Replace("\\|", "|", StringComparison.Ordinal) : lines[i]; // a table's row
            foreach (Match code in InlineCode().Matches(text)) yield return new(document, i + 1, Inline, code.Groups[1].Value);
        }
    }

    private static IEnumerable<string> Documents()
    {
        var documents = Directory.EnumerateFiles(Path.Combine(Home, "docs"), "*.md");
        var readmes = new[] { "src", "samples" }.SelectMany(folder => Directory.EnumerateDirectories(Path.Combine(Home, folder)))
            .Select(folder => Path.Combine(folder, "README.md")).Where(File.Exists);
        return ["README.md", .. documents.Concat(readmes).Select(file => Path.GetRelativePath(Home, file)).Order(StringComparer.Ordinal)];
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InlineCode();

    private static string HomeOf([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
