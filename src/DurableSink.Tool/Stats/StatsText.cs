using System.Globalization;
using System.Text;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Stats;

/// <summary>Statistics for people.</summary>
internal sealed class StatsText(Surroundings world)
{
    private const int Shown = 10;
    private const int LongestName = 100;

    private readonly StringBuilder _text = new();

    public StringBuilder Of(LogStats stats)
    {
        _text.Append(CultureInfo.InvariantCulture, $"{Amounts.Count(stats.Events, "event")}, {Amounts.Bytes(stats.Bytes)}");
        if (stats.Missing > 0) _text.Append(CultureInfo.InvariantCulture, $"; {Amounts.Count(stats.Missing, "event")} not there");
        _text.Append('\n');
        if (stats.Events == 0) return _text;
        _text.Append($"from {Amounts.Time(stats.First)} to {Amounts.Time(stats.Last)}\n");
        _text.Append(CultureInfo.InvariantCulture,
            $"a line has {Amounts.Count(stats.Bytes / stats.Events)} bytes on average, the longest {Amounts.Count(stats.LongestLine)} (event {stats.LongestSequence})\n\n");
        Timeline(stats.Timeline);
        Top("LEVEL", stats.Levels, stats);
        Top("CATEGORY", stats.Categories, stats);
        Top("TEMPLATE", stats.Templates, stats);
        return _text;
    }

    /// <summary>A bar of this length out of the longest one.</summary>
    public static string Bar(long value, long greatest, int width) =>
        value == 0 ? "" : new('█', (int)Math.Max(1, (value * width + greatest - 1) / Math.Max(greatest, 1)));

    private void Timeline(Timeline timeline)
    {
        var steps = timeline.Steps().ToList();
        var greatest = steps.Max(s => s.Events);
        var table = new Columns($"FROM (per {Configuration.DurationText.Show(timeline.Step)})", "EVENTS", "BYTES", "");
        var width = Math.Clamp(world.Width - 56, 10, 60);
        foreach (var (from, events, bytes) in steps) table.Add("", Amounts.Time(from), Amounts.Count(events), Amounts.Bytes(bytes), Bar(events, greatest, width));
        Append(table);
    }

    private void Top(string heading, Tallies tallies, LogStats stats)
    {
        var table = new Columns("EVENTS", "SHARE", "BYTES", "A LINE", heading);
        foreach (var tally in tallies.Top(Shown))
        {
            var name = new StringBuilder();
            PlainText.Append(name, tally.Name.Length <= LongestName ? tally.Name : tally.Name[..LongestName] + "…");
            table.Add("", Amounts.Count(tally.Events), string.Create(CultureInfo.InvariantCulture, $"{100.0 * tally.Events / stats.Events:0.0} %"),
                Amounts.Bytes(tally.Bytes), Amounts.Count(tally.Bytes / tally.Events), name.ToString());
        }

        Append(table);
    }

    private void Append(Columns table) => _text.Append(table.Print(world.Paint)).Append('\n');
}
