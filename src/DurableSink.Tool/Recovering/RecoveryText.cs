using System.Globalization;
using System.Text;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Recovering;

/// <summary>A recovery's report for people.</summary>
internal static class RecoveryText
{
    public static StringBuilder Of(RecoveryReport report, bool isDone, Paint paint)
    {
        var text = new StringBuilder(isDone ? "Done:\n" : "Opening the log would do this:\n");
        foreach (var segment in report.Segments)
        {
            var colour = segment.Outcome switch
            {
                RecoveryOutcome.Sealed or RecoveryOutcome.Superseded => paint.Green,
                RecoveryOutcome.Cut => paint.Yellow,
                _ => paint.Red,
            };
            text.Append(CultureInfo.InvariantCulture, $"  {colour}{Word(segment.Outcome),-10}{paint.End}{segment.Name}: ");
            PlainText.Append(text, segment.Detail);
            text.Append('\n');
        }

        foreach (var range in report.Missing)
            text.Append(CultureInfo.InvariantCulture, $"  {paint.Red}{"missing",-10}{paint.End}{Amounts.Range(range)}, for good\n");
        if (report.SparesDeleted > 0) text.Append(CultureInfo.InvariantCulture, $"  {"delete",-10}{Amounts.Count(report.SparesDeleted, "spare")} of another run\n");
        text.Append(CultureInfo.InvariantCulture, $"  {(isDone ? "The log ends with event" : "It would end with event")} {report.LastSequence}{(isDone ? $" ({Amounts.Seconds(report.Duration)})" : "")}\n");
        return text;
    }

    private static string Word(RecoveryOutcome outcome) => outcome switch
    {
        RecoveryOutcome.Sealed => "seal",
        RecoveryOutcome.Cut => "cut",
        RecoveryOutcome.Superseded => "supersede",
        RecoveryOutcome.Salvaged => "salvage",
        RecoveryOutcome.SetAside => "set aside",
        _ => "leave",
    };
}
