using DurableSink.Bench.Running;

namespace DurableSink.Bench.Reporting;

/// <summary>Brings results into the documentation: its tables, and the charts beside it.</summary>
internal static class Report
{
    public const string Usage = "usage: report PAGE.md FILE.json...   fills the page's tables and draws charts into the folder charts beside it (by gnuplot)";

    public static void Write(string page, string[] files, IReadOnlyList<Workload> workloads, TextWriter to)
    {
        var charts = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(page))!, "charts");
        Directory.CreateDirectory(charts);
        var text = File.ReadAllText(page);
        foreach (var results in Results.Read(files))
        {
            var workload = workloads.Single(w => w.Id == results.Workload);
            Table.Write(workload, results, to);
            text = Markdown.Fill(text, workload, results);
            Charts.Draw(workload, results, charts);
        }
        File.WriteAllText(page, text);
    }
}
