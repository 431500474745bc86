using System.Runtime.CompilerServices;
using Xunit;

// A meter is the whole process's: no test is to see what another one measures.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace DurableSink.Operations.Tests;

/// <summary>The documents as they stand in the repository.</summary>
internal static class Documents
{
    private static readonly string Home = HomeOf();

    public static string PathOf(string document) => Path.Combine(Home, document);

    public static string Text(string document) => File.ReadAllText(PathOf(document));

    /// <summary>The rows of the tables below a heading, up to the next heading, without the tables' own heads.</summary>
    public static List<string[]> Rows(string document, string heading)
    {
        var lines = File.ReadLines(PathOf(document)).SkipWhile(line => line != heading).Skip(1)
            .TakeWhile(line => !line.StartsWith('#')).Where(line => line.StartsWith('|')).ToList();
        if (lines.Count < 3) throw new InvalidOperationException($"{document} has no table below '{heading}'.");
        return [.. lines.Skip(2).Select(Cells)];
    }

    /// <summary>A bar that belongs to a cell is written <c>\|</c>.</summary>
    private static string[] Cells(string row) =>
        [.. row.Trim('|').Replace("\\|", "\0", StringComparison.Ordinal).Split('|').Select(cell => cell.Trim().Replace('\0', '|').Replace("`", "", StringComparison.Ordinal))];

    private static string HomeOf([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
