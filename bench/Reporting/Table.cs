using DurableSink.Bench.Running;

namespace DurableSink.Bench.Reporting;

/// <summary>Results as text for a terminal.</summary>
internal static class Table
{
    public static void Write(Workload workload, Results results, TextWriter to)
    {
        to.WriteLine($"{workload.Id}: {workload.Title}");
        to.WriteLine($"{results.RoundCount} interleaved rounds of {results.Seconds} s for each case: median (least..greatest)");
        to.WriteLine(results.Place);
        to.WriteLine(results.Runtime);
        to.WriteLine();
        WriteCells([[.. (string[])["", "producers"], .. workload.Columns.Select(c => c.Head)], .. results.Cases.Select(c => Row(workload, c))], to);
        if (workload.Targets.Count > 0)
        {
            to.WriteLine();
            WriteCells([["", "bound", "measured", ""], .. workload.Targets.Select(t => (string[])[t.What, t.Limit, t.Shown(results), t.Verdict(results)])], to);
        }
        to.WriteLine();
    }

    private static string[] Row(Workload workload, CaseResults one) =>
        [one.Contender, $"{one.Producers}", .. workload.Columns.Select((c, n) => one.Skipped != null ? (n == 0 ? $"skipped: {one.Skipped}" : "") : Cell(one, c))];

    public static string Cell(CaseResults one, Column column) => Results.Of(one, column.Figure) is { } s ? column.Show(s) : "–";

    private static void WriteCells(List<string[]> rows, TextWriter to)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(n => rows.Max(row => row[n].StartsWith("skipped", StringComparison.Ordinal) ? 0 : row[n].Length)).ToArray();
        foreach (var row in rows)
            to.WriteLine(string.Join("  ", row.Select((cell, n) => n == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[n]))).TrimEnd());
    }
}
