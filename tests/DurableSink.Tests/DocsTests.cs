using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using DurableSink.Configuration;
using DurableSink.Diagnostics;
using Xunit;

namespace DurableSink.Tests;

/// <summary>What the documents list is what the code has: no notice, metric, exception or option more, none less.</summary>
public sealed partial class DocsTests
{
    private static readonly string Home = HomeOf();

    [Fact]
    public void Each_notice_is_described_with_its_levels()
    {
        var described = Rows("OPERATIONS.md", "Notices").ToDictionary(row => Plain(row[0]), row => Plain(row[1]).Split(", ").Order().ToArray());
        var told = Notices();
        Assert.True(told.Count > 20);
        Assert.Equal(told.Keys.Order(), described.Keys.Order());
        foreach (var (name, levels) in told)
        {
            if (levels.Count > 0) Assert.Equal((name, string.Join(", ", levels.Order())), (name, string.Join(", ", described[name])));
        }
    }

    [Fact]
    public void No_notice_is_made_in_a_way_that_these_tests_do_not_see()
    {
        foreach (var file in Sources())
        {
            var unseen = UnseenNotice().Match(File.ReadAllText(file));
            Assert.True(!unseen.Success, $"{Path.GetRelativePath(Home, file)}: '{unseen.Value}' names a level and then a name, or this test must learn its form.");
        }
    }

    [Fact]
    public void Each_metric_is_described_with_its_kind_and_unit()
    {
        var described = Rows("OPERATIONS.md", "Metrics").Select(row => (Name: Plain(row[0]), Kind: Plain(row[1]), Unit: Plain(row[2]))).Order();
        var instruments = Instruments();
        Assert.True(instruments.Count > 15);
        Assert.Equal(instruments.Order(), described);
        Assert.Equal(
            Sources().SelectMany(file => MetricNames().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).Distinct().Order(),
            instruments.Select(instrument => instrument.Name).Order());
    }

    [Fact]
    public void Each_exception_is_described()
    {
        var exceptions = typeof(DurableLog).Assembly.GetExportedTypes().Where(typeof(Exception).IsAssignableFrom).Select(type => type.Name).ToList();
        Assert.Equal(exceptions.Order(), Rows("OPERATIONS.md", "Exceptions").Select(row => Plain(row[0])).Order());
    }

    [Fact]
    public void Each_option_is_described_with_its_form_default_and_range()
    {
        var described = Rows("OPTIONS.md", "Every log").Concat(Rows("OPTIONS.md", "Only `AddDurableFile`")).ToDictionary(row => Plain(row[0]));
        Assert.Equal(OptionTable.File.Select(option => option.Name), Rows("OPTIONS.md", "Every log").Concat(Rows("OPTIONS.md", "Only `AddDurableFile`")).Select(row => Plain(row[0])));
        Assert.Equal(OptionTable.Log.Select(option => option.Name), Rows("OPTIONS.md", "Every log").Select(row => Plain(row[0])));
        foreach (var option in OptionTable.File)
        {
            var row = described[option.Name];
            Assert.Equal((option.Name, FormOf(option.Allowed)), (option.Name, row[1]));
            if (DefaultOf(option.Name) is { Length: > 0 } value) Assert.Equal((option.Name, value), (option.Name, Plain(row[2])));
            Assert.Equal((option.Name, RangeOf(option.Allowed)), (option.Name, Plain(row[3])));
            Assert.NotEmpty(row[4]);
        }
    }

    [Fact]
    public void Each_option_of_audit_logs_alone_is_described()
    {
        var own = OptionTable.Audit.Where(option => OptionTable.Log.All(common => common.Name != option.Name)).ToList();
        Assert.Equal(OptionTable.Log.Count + own.Count, OptionTable.Audit.Count);
        var described = Rows("OPTIONS.md", "Only `AddDurableAudit`");
        Assert.Equal(own.Select(option => (option.Name, FormOf(option.Allowed), RangeOf(option.Allowed))), described.Select(row => (Plain(row[0]), row[1], Plain(row[3]))));
        Assert.All(described, row => Assert.NotEmpty(row[4]));
    }

    [Fact]
    public void Each_option_of_code_alone_is_described()
    {
        var configured = OptionTable.File.Select(option => option.Name).Concat(OptionTable.Audit.Select(option => option.Name)).ToHashSet();
        var others = typeof(DurableFileOptions).GetProperties().Concat(typeof(DurableAuditOptions).GetProperties())
            .Select(property => property.Name).Distinct().Where(name => !configured.Contains(name));
        Assert.Equal(others.Order(), Rows("OPTIONS.md", "Only in code").Select(row => Plain(row[0])).Order());
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var links = 0;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Home, "docs"), "*.md").Append(Path.Combine(Home, "README.md")))
        {
            foreach (Match link in Links().Matches(File.ReadAllText(file)))
            {
                links++;
                var (target, anchor) = (link.Groups[1].Value, link.Groups[2].Value);
                var path = target.Length == 0 ? file : Path.Combine(Path.GetDirectoryName(file)!, target);
                Assert.True(File.Exists(path) || Directory.Exists(path), $"{Path.GetFileName(file)} links to '{target}', which is not there");
                if (anchor.Length == 0) continue;
                var headings = Headings().Matches(File.ReadAllText(path)).Select(heading => AnchorOf(heading.Groups[1].Value));
                Assert.True(headings.Contains(anchor), $"{Path.GetFileName(file)} links to '{target}#{anchor}', where no heading is called so");
            }
        }

        Assert.True(links > 20);
    }

    [Fact]
    public void The_checks_can_fail()
    {
        Assert.Equal("Opened", NoticeByLevel().Match("_notify(new(LogLevel.Error, \"Opened\", text))").Groups[2].Value);
        Assert.Equal("Opened", NoticeByLevel().Match("new(\n    LogLevel.Error,\n    \"Opened\", text)").Groups[2].Value);
        Assert.Equal("Waits", NoticeByName().Match("Tell(\"Waits\", LogLevel.Error, text)").Groups[1].Value);
        Assert.Equal("Recovered", NoticeByVariable().Match("Notify(new(level, \"Recovered\", text))").Groups[1].Value);
        Assert.Matches(UnseenNotice(), "_notify(new(Level(), \"Opened\", text))");
        Assert.Matches(UnseenNotice(), "new DurableNotice(x, \"Opened\", text)");
        Assert.DoesNotMatch(UnseenNotice(), "_notify(new(LogLevel.Error, \"Opened\", text))");
        Assert.Equal("durablesink.x.y", MetricNames().Match("(\"durablesink.x.y\", ").Groups[1].Value);
        Assert.Equal("5s to 1h", RangeOf("5s to 1h, written as a number"));
        Assert.Equal("the-chain", AnchorOf("The chain"));
        Assert.Equal(["a", "b"], Cells("| a | b |"));
    }

    /// <summary>The names that the sources give to notices, each with the levels that stand beside it; none where a variable does.</summary>
    private static Dictionary<string, SortedSet<string>> Notices()
    {
        var notices = new Dictionary<string, SortedSet<string>>();
        foreach (var file in Sources())
        {
            var text = File.ReadAllText(file);
            foreach (Match match in NoticeByLevel().Matches(text)) Levels(match.Groups[2].Value).Add(match.Groups[1].Value);
            foreach (Match match in NoticeByName().Matches(text)) Levels(match.Groups[1].Value).Add(match.Groups[2].Value);
            foreach (Match match in NoticeByVariable().Matches(text)) Levels(match.Groups[1].Value);
        }

        return notices;

        SortedSet<string> Levels(string name) => notices.TryGetValue(name, out var levels) ? levels : notices[name] = [];
    }

    private static List<(string Name, string Kind, string Unit)> Instruments()
    {
        var instruments = new List<(string, string, string)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name != "DurableSink") return;
            var kind = instrument.GetType().Name;
            instruments.Add((instrument.Name, kind.Replace("Observable", "")[..^2].ToLowerInvariant(), instrument.Unit ?? ""));
        };
        RuntimeHelpers.RunClassConstructor(typeof(LogMeter).TypeHandle);
        listener.Start();
        return [.. instruments.Distinct()];
    }

    private static string DefaultOf(string name)
    {
        var file = OptionTable.File.Single(option => option.Name == name).Show(new DurableFileOptions());
        var log = OptionTable.Log.SingleOrDefault(option => option.Name == name)?.Show(new DurableLogOptions()) ?? file;
        var audit = OptionTable.Audit.SingleOrDefault(option => option.Name == name)?.Show(new DurableAuditOptions()) ?? log;
        return log + (file == log ? "" : $"; AddDurableFile: {file}") + (audit == log ? "" : $"; AddDurableAudit: {audit}");
    }

    private static string FormOf(string allowed) => allowed switch
    {
        _ when allowed.Contains("its unit (us") => "duration",
        _ when allowed.Contains("a number of bytes") => "size",
        _ when allowed.StartsWith("one of ", StringComparison.Ordinal) => "name",
        _ when allowed.Contains("octal") => "mode",
        _ when allowed.Contains("a list") => "list",
        _ when allowed.Contains("true or false") => "flag",
        _ when allowed.Contains("whole number") => "count",
        _ => "text",
    };

    private static string RangeOf(string allowed)
    {
        var least = allowed.Split([", written as", ", such as", " ("], StringSplitOptions.None)[0];
        if (least.StartsWith("one of ", StringComparison.Ordinal)) least = least["one of ".Length..];
        return least + (allowed.EndsWith(", or none", StringComparison.Ordinal) ? ", or none" : "");
    }

    /// <summary>The rows of the tables below a heading, up to the next heading, without the tables' own heads.</summary>
    private static List<string[]> Rows(string document, string heading)
    {
        var lines = File.ReadLines(Path.Combine(Home, "docs", document)).SkipWhile(line => line != "## " + heading).Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(line => line.StartsWith('|')).ToList();
        return [.. lines.Skip(2).Select(Cells)];
    }

    private static string[] Cells(string row) => [.. row.Trim('|').Split('|').Select(cell => cell.Trim())];

    private static string Plain(string cell) => cell.Replace("`", "");

    /// <summary>As repositories' viewers make them.</summary>
    private static string AnchorOf(string heading) =>
        new([.. heading.Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_').Select(c => c == ' ' ? '-' : c)]);

    private static IEnumerable<string> Sources() => Directory.EnumerateFiles(Path.Combine(Home, "src"), "*.cs", SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(Home, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "SegmentShipper")); // whose tests hold SHIPPING.md to it

    [GeneratedRegex(@"\bLogLevel\.(\w+),\s*""([A-Z]\w+)""")]
    private static partial Regex NoticeByLevel();

    [GeneratedRegex(@"\(\s*""([A-Z]\w+)"",\s*LogLevel\.(\w+)")]
    private static partial Regex NoticeByName();

    [GeneratedRegex(@"\(\s*level,\s*""([A-Z]\w+)""")]
    private static partial Regex NoticeByVariable();

    [GeneratedRegex(@"(?:\w*[nN]otify|Deliver|Invoke|new DurableNotice)\(\s*(?:new\(|(?<=DurableNotice\(\s*))(?!\s*(LogLevel\.\w+|level),\s*(""[A-Z]|name\b))[^)\s]")]
    private static partial Regex UnseenNotice();

    [GeneratedRegex(@"""(durablesink\.[a-z_.]+)""")]
    private static partial Regex MetricNames();

    [GeneratedRegex(@"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    private static string HomeOf([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
