using System.Runtime.CompilerServices;
using DurableSink.Configuration;
using SegmentShipper.Configuration;
using Xunit;

namespace SegmentShipper.Tests;

/// <summary>docs/SHIPPING.md says what the code does.</summary>
public sealed class DocsTests
{
    private static readonly string[] Text = File.ReadAllLines(PathOf());

    [Fact]
    public void The_options_are_those_of_the_code_with_form_default_and_range()
    {
        Check("## Options", ShipperOptionTable.Shipper, new SegmentShipperOptions());
        Check("### Options of a bucket", ShipperOptionTable.S3, new S3ObjectStoreOptions());
    }

    [Fact]
    public void Every_notice_and_instrument_is_described()
    {
        var sources = string.Concat(Directory.EnumerateFiles(Path.Combine(Path.GetDirectoryName(PathOf())!, "..", "src", "SegmentShipper"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal)).Select(File.ReadAllText));
        foreach (var row in Rows("## Notices")) Assert.Contains($"\"{row[0].Trim('`')}\"", sources, StringComparison.Ordinal);
        var notices = System.Text.RegularExpressions.Regex.Matches(sources, "LogLevel\\.[A-Z][a-z]+, \"([A-Za-z]+)\"").Select(m => m.Groups[1].Value).Distinct().Order();
        Assert.Equal(notices, Rows("## Notices").Select(row => row[0].Trim('`')).Order());
        var instruments = System.Text.RegularExpressions.Regex.Matches(sources, "\"(durablesink\\.shipper\\.[a-z_.]+)\"").Select(m => m.Groups[1].Value).Distinct().Order();
        Assert.Equal(instruments, Rows("## Metrics").Select(row => row[0].Trim('`')).Order());
    }

    private static void Check<T>(string heading, IReadOnlyList<Option<T>> table, T defaults)
    {
        var rows = Rows(heading);
        Assert.Equal(table.Select(option => option.Name).Order(), rows.Select(row => row[0].Trim('`')).Order());
        foreach (var option in table)
        {
            var row = rows.Single(r => r[0].Trim('`') == option.Name);
            var shown = option.Show(defaults);
            if (shown.Length > 0 && shown != "none") Assert.Equal(shown, row[2].Trim('`'));
            if (option.Allowed.Contains(", written as ", StringComparison.Ordinal))
                Assert.Equal(option.Allowed.Split(", written as ")[0], row[3].Replace("`", "", StringComparison.Ordinal).Replace(", or none", "", StringComparison.Ordinal));
        }
    }

    /// <summary>The rows of the first table below a heading.</summary>
    private static List<string[]> Rows(string heading) => [.. Text.SkipWhile(line => line != heading).SkipWhile(line => !line.StartsWith("| name", StringComparison.Ordinal)).Skip(2)
        .TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1])];

    private static string PathOf([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "SHIPPING.md"));
}
