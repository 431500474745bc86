using System.Globalization;
using System.Text;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Reporting;

/// <summary>Results as a page's tables. Each stands between <c>&lt;!-- w1 --&gt;</c> and <c>&lt;!-- /w1 --&gt;</c>; what is around them is written by people.</summary>
internal static class Markdown
{
    /// <summary>Puts the tables of a workload into a page; a page without its marks stays as it is.</summary>
    public static string Fill(string page, Workload workload, Results results)
    {
        page = Replace(page, workload.Id, Of(workload, results));
        return Replace(page, workload.Id + " targets", Targets(workload, results));
    }

    private static string Of(Workload workload, Results results)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{results.RoundCount} rounds of {results.Seconds} s for each case; {results.Place}; {results.Runtime}.").AppendLine();
        if (results.Cases.Select(c => c.Producers).Distinct().Count() < 2) return text.Append(All(workload, results)).ToString();
        text.Append(ByProducers(workload.Columns[0], results)).AppendLine();
        text.AppendLine("<details><summary>All figures</summary>").AppendLine().Append(All(workload, results)).AppendLine().AppendLine("</details>");
        return text.ToString();
    }

    /// <summary>One figure, producers side by side.</summary>
    private static string ByProducers(Column column, Results results)
    {
        int[] producers = [.. results.Cases.Select(c => c.Producers).Distinct().Order()];
        var rows = results.Cases.GroupBy(c => c.Contender).Select(g => (string[])
        [
            Name(g.First()),
            .. producers.Select(n => g.FirstOrDefault(c => c.Producers == n) is { } one ? (one.Skipped != null ? "skipped" : Median(one, column)) : ""),
        ]);
        return Rows([$"{column.Head}, by producers", .. producers.Select(n => $"{n}")], rows);
    }

    private static string All(Workload workload, Results results)
    {
        var several = results.Cases.Select(c => c.Producers).Distinct().Count() > 1;
        // Columns that no case of this table has are left out.
        Column[] columns = [.. workload.Columns.Where(c => results.Cases.Exists(one => Results.Of(one, c.Figure) != null))];
        return Rows(
            ["", .. several ? ["producers"] : Array.Empty<string>(), .. columns.Select(c => c.Head)],
            results.Cases.Select(one => (string[])[Name(one), .. several ? [$"{one.Producers}"] : Array.Empty<string>(), .. columns.Select((c, n) =>
                one.Skipped == null ? Table.Cell(one, c) : n == 0 ? $"skipped: {one.Skipped}" : "")]));
    }

    private static string Targets(Workload workload, Results results) => Rows(
        ["DurableSink to …", "wanted", "measured", ""],
        workload.Targets.Select(t => (string[])[t.What, t.Limit, t.Shown(results), t.Verdict(results)]));

    private static string Name(CaseResults one) => one.Kind switch
    {
        Kind.Ours => $"**{one.Contender}**",
        Kind.Limit => $"*{one.Contender}*",
        _ => one.Contender,
    };

    private static string Median(CaseResults one, Column column) =>
        Results.Of(one, column.Figure) is { } s ? (s.Median * column.Scale).ToString(column.Format, CultureInfo.InvariantCulture) : "–";

    private static string Rows(string[] heads, IEnumerable<string[]> rows)
    {
        var text = new StringBuilder();
        Line(heads);
        Line([.. heads.Select((_, n) => n == 0 ? "---" : "---:")]);
        foreach (var row in rows) Line(row);
        return text.ToString();

        void Line(string[] cells) => text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |");
    }

    private static string Replace(string page, string mark, string text)
    {
        string first = $"<!-- {mark} -->", last = $"<!-- /{mark} -->";
        var (from, to) = (page.IndexOf(first, StringComparison.Ordinal), page.IndexOf(last, StringComparison.Ordinal));
        return from < 0 || to < from ? page : $"{page[..(from + first.Length)]}\n\n{text}\n{page[to..]}";
    }
}
