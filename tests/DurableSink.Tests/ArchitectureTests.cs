using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace DurableSink.Tests;

/// <summary>The house's rules (docs/ARCHITECTURE.md), read from the sources.</summary>
public sealed partial class ArchitectureTests
{
    private const int LongestFile = 350;
    private const string Root = ""; // the folder of what a user sees first

    /// <summary>What each room may use. Doors may use everything but doors.</summary>
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Storage"] = [],
        ["Events"] = [],
        ["Diagnostics"] = ["Events"],
        ["Configuration"] = [],
        ["Segments"] = ["Storage"],
        ["Commit"] = ["Segments", "Storage", "Diagnostics"],
        [Root] = ["Commit", "Segments", "Storage", "Diagnostics", "Configuration", "Events"],
        ["Hosting"] = ["Commit", "Segments", "Storage", "Diagnostics", "Configuration", "Events"],
        ["Logging"] = ["Commit", "Segments", "Storage", "Diagnostics", "Configuration", "Events", "Hosting"],
        ["Audit"] = ["Commit", "Segments", "Storage", "Diagnostics", "Configuration", "Events", "Hosting"],
    };

    private static readonly string Home = HomeOf();

    [Fact]
    public void Imports_run_one_way()
    {
        var sources = Sources("src/DurableSink").ToList();
        Assert.True(sources.Count > 50);
        foreach (var file in sources)
        {
            var folder = Path.GetRelativePath(Path.Combine(Home, "src", "DurableSink"), file).Split(Path.DirectorySeparatorChar) is [var room, _, ..] ? room : Root;
            Assert.True(MayUse.TryGetValue(folder, out var allowed), $"The room '{folder}' is new: say here what it may use.");
            var used = Rooms().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value).Where(r => r != folder && MayUse.ContainsKey(r)).Distinct();
            Assert.True(!used.Except(allowed).Any(), $"{Short(file)} uses {string.Join(", ", used.Except(allowed))}");
        }
    }

    [Fact]
    public void No_file_is_longer_than_350_lines()
    {
        var longer = Sources("src").Concat(Sources("tests")).Concat(Sources("samples")).Concat(Sources("bench"))
            .Select(f => (File: Short(f), Lines: File.ReadLines(f).Count())).Where(f => f.Lines > LongestFile);
        Assert.Empty(longer);
    }

    [Fact]
    public void Nothing_names_the_machine_it_was_written_on()
    {
        foreach (var file in Texts())
        {
            var found = MachinePaths().Match(File.ReadAllText(file));
            Assert.True(!found.Success, $"{Short(file)} names '{found.Value}'");
        }
    }

    [Fact]
    public void The_checks_can_fail()
    {
        Assert.Equal("Segments", Rooms().Match("using DurableSink.Segments;").Groups[1].Value);
        Assert.Equal("Logging", Rooms().Match("using static DurableSink.Logging.X;").Groups[1].Value);
        Assert.Equal("Commit", Rooms().Match("var x = new DurableSink.Commit.Batch();").Groups[1].Value);
        Assert.Matches(MachinePaths(), "see " + "/wo" + "rk/shared");
        Assert.Matches(MachinePaths(), "/ho" + "me/somebody/src");
    }

    /// <summary>A namespace of ours, in a using or written out; not the one that the file itself is in.</summary>
    [GeneratedRegex(@"(?<!namespace )\bDurableSink\.([A-Z][A-Za-z]+)\b")]
    private static partial Regex Rooms();

    [GeneratedRegex(@"(?<![\w.])/(work/|home/\w|Users/\w|root/)")]
    private static partial Regex MachinePaths();

    private static IEnumerable<string> Sources(string folder) => Directory.Exists(Path.Combine(Home, folder))
        ? Directory.EnumerateFiles(Path.Combine(Home, folder), "*.cs", SearchOption.AllDirectories).Where(f => !IsBuilt(f))
        : [];

    private static IEnumerable<string> Texts() => Directory.EnumerateFiles(Home, "*", SearchOption.AllDirectories)
        .Where(f => !IsBuilt(f) && Path.GetExtension(f) is ".cs" or ".md" or ".csproj" or ".props" or ".json" or ".sh" or ".py" or ".clef" or "")
        .Where(f => !IsBuilt(f) && new FileInfo(f).Length < 1 << 20);

    private static bool IsBuilt(string file) => Path.GetRelativePath(Home, file).Split(Path.DirectorySeparatorChar)
        .Any(part => part is "bin" or "obj" or "artifacts" or ".git" or "TestResults");

    private static string Short(string file) => Path.GetRelativePath(Home, file);

    private static string HomeOf([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
