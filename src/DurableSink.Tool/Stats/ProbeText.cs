using System.Globalization;
using System.Text;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Stats;

/// <summary>A probe's result for people.</summary>
internal static class ProbeText
{
    private const int Width = 40;

    public static StringBuilder Of(ProbeResult result, Paint paint)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"{paint.Bold}A durable write here{paint.End} (4 KiB, {result.FileSystem}, {(result.IsDirect ? "direct I/O" : "through the page cache")}, {Amounts.Count(result.Latencies.Count, "write")}): ");
        text.Append($"p50 {Show(result.At(0.5))}, p99 {Show(result.At(0.99))}, most {Show(result.Latencies[^1])}\n");
        text.Append(CultureInfo.InvariantCulture,
            $"So under Always one caller, one event at a time, gets about {Amounts.Count((long)result.Rate)} events a second; callers at the same time share a write.\n\n");
        text.Append(Histogram(result).Print(paint));
        return text;
    }

    /// <summary>Each row takes twice as long as the one before.</summary>
    private static Columns Histogram(ProbeResult result)
    {
        var rows = result.Latencies.GroupBy(l => (int)Math.Floor(Math.Log2(Math.Max(l.TotalMicroseconds, 1)))).ToDictionary(g => g.Key, g => g.Count());
        var table = new Columns("UP TO", "WRITES", "");
        for (var row = rows.Keys.Min(); row <= rows.Keys.Max(); row++)
        {
            var count = rows.GetValueOrDefault(row);
            table.Add("", Show(TimeSpan.FromMicroseconds(Math.Pow(2, row + 1))), Amounts.Count(count), StatsText.Bar(count, rows.Values.Max(), Width));
        }

        return table;
    }

    private static string Show(TimeSpan time) => time.TotalMicroseconds < 10_000
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:0} µs")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms");
}
