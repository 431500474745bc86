using DurableSink.Bench.Workloads;

namespace DurableSink.Bench.Reporting;

/// <summary>The table.</summary>
internal static class TextReport
{
    private static readonly string[] Heads =
        ["", "durable/s", "p50 µs", "p99 µs", "p99.9 µs", "flushes/event", "rate / raw", "p50 / raw"];

    public static void Write(Summary summary, TextWriter to)
    {
        var options = summary.Options;
        var engine = summary.Rows.Where(r => !r.IsReference).ToList();
        to.WriteLine($"{options.Rounds} interleaved rounds of {options.Seconds} s for each workload: median (least..greatest)");
        to.WriteLine($"policy {EngineRun.Policy}, direct I/O {(engine.TrueForAll(r => r.IsDirect) ? "yes" : "NO")}, lines of {engine.Average(r => r.EventBytes):0} bytes");
        to.WriteLine(summary.Place.Description);
        to.WriteLine(Runtime.Description);
        to.WriteLine($"raw, for the ratios: {summary.Reference} in the same round");
        to.WriteLine();
        List<string[]> cells = [Heads, .. summary.Rows.Select(Cells)];
        var widths = Enumerable.Range(0, Heads.Length).Select(column => cells.Max(row => row[column].Length)).ToArray();
        foreach (var row in cells)
            to.WriteLine(string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))));
    }

    private static string[] Cells(Row row) =>
    [
        row.Name,
        row.PerSecond.ToString("#,0"),
        row.P50.ToString("0.0"),
        row.P99.ToString("#,0"),
        row.P999.ToString("#,0"),
        row.FlushesPerEvent?.ToString("0.0000") ?? "-",
        row.RateRatio.ToString("0.00"),
        row.P50Ratio.ToString("0.00"),
    ];
}
