using System.Diagnostics;
using System.Globalization;

namespace DurableSink.Bench.Reporting;

/// <summary>SVG charts in one style: no background and middling colours, to be read on a light page and a dark one.</summary>
internal static class Gnuplot
{
    private const string Grey = "#7d8590", Ours = "#2f81f7";
    private static readonly string[] Others = ["#d4762c", "#3fa35f", "#a371f7", "#db61a2", "#b59a1b", "#8b949e", "#c4554d"];

    /// <summary>One line per series over producers, both axes logarithmic.</summary>
    public static void Lines(string file, string title, string unit, IReadOnlyList<Series> series)
    {
        var script = Begin(file, 900, 480, title) + $"""
            set logscale xy
            set xtics ({string.Join(", ", series.SelectMany(s => s.Points.Select(p => p.X)).Distinct().Order().Select(x => $"'{Text(x)}' {Text(x)}"))})
            set xlabel 'producers' textcolor rgb '{Grey}'
            set ylabel '{unit}' textcolor rgb '{Grey}'
            set format y "%.0s%c"
            set xrange [*:{Text(series.Max(s => s.Points.Max(p => p.X)) * 1.1)}] noextend
            set key outside right center

            """;
        for (var i = 0; i < series.Count; i++)
            script += $"$s{i} << EOD\n{string.Concat(series[i].Points.Select(p => $"{Text(p.X)} {Text(p.Y)}\n"))}EOD\n";
        Run(script + "plot " + string.Join(", ", series.Select((s, i) =>
            $"$s{i} using 1:2 with linespoints lw {(s.IsOurs ? 3 : 1.5)} dt {(s.IsOurs && i > 0 ? 2 : 1)} pt 7 ps 0.5 lc rgb '{ColourOf(series, i)}' title \"{s.Name}\"")) + "\n");
    }

    /// <summary>Horizontal bars, the first at the top; a logarithmic axis where figures are far apart.</summary>
    public static void Bars(string file, string title, string unit, bool isLogarithmic, IReadOnlyList<Bar> bars)
    {
        var count = bars.Count;
        var least = bars.Min(b => b.Value);
        var script = Begin(file, 900, 90 + 26 * count, title) + $"""
            set yrange [-0.6:{Text(count - 0.4)}]
            set ytics ({string.Join(", ", bars.Select((b, i) => $"\"{b.Name.Replace("%", "%%", StringComparison.Ordinal)}\" {count - 1 - i}"))}) scale 0
            set xlabel '{unit}' textcolor rgb '{Grey}'
            set format x "%.{(bars.Max(b => b.Value) < 1e6 ? 0 : 1)}s%c"
            {(isLogarithmic ? $"set logscale x\nset xrange [{Text(least / 3)}:*]" : "set xrange [0:*]")}
            set style fill solid
            set boxwidth 0.7
            unset key
            left = {(isLogarithmic ? Text(least / 3) : "0")}
            $bars << EOD
            {string.Join("\n", bars.Select((b, i) => $"{Text(b.Value)} {count - 1 - i} {(b.IsOurs ? Ours : Grey).Replace("#", "0x", StringComparison.Ordinal)} \"{b.Value.ToString(b.Value < 10 ? "0.#" : "#,0", CultureInfo.InvariantCulture)}\""))}
            EOD
            plot $bars using (left):2:(left):1:($2-0.35):($2+0.35):3 with boxxyerror lc rgb variable, \
              '' using 1:2:4 with labels left offset 0.6,0 textcolor rgb '{Grey}'

            """;
        Run(script);
    }

    private static string Begin(string file, int width, int height, string title) => $"""
        set terminal svg size {width},{height} font 'sans-serif,13' name 'chart'
        set output '{file}'
        set title "{title}" textcolor rgb '{Grey}'
        set border 3 lc rgb '{Grey}'
        set tics nomirror textcolor rgb '{Grey}'
        set grid lc rgb '{Grey}' lw 0.3 dt 3
        set key textcolor rgb '{Grey}'

        """;

    private static string ColourOf(IReadOnlyList<Series> series, int index) =>
        series[index].IsOurs ? Ours : Others[series.Take(index).Count(s => !s.IsOurs) % Others.Length];

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static void Run(string script)
    {
        using var gnuplot = Process.Start(new ProcessStartInfo("gnuplot") { RedirectStandardInput = true, RedirectStandardError = true })!;
        gnuplot.StandardInput.Write(script);
        gnuplot.StandardInput.Close();
        var errors = gnuplot.StandardError.ReadToEnd();
        gnuplot.WaitForExit();
        if (gnuplot.ExitCode != 0) throw new InvalidOperationException($"gnuplot: {errors}\n{script}");
    }
}

/// <summary>A line of a chart.</summary>
internal sealed record Series(string Name, bool IsOurs, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A bar of a chart.</summary>
internal sealed record Bar(string Name, bool IsOurs, double Value);
