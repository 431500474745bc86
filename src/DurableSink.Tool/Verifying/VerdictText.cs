using System.Globalization;
using System.Text;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Verifying;

/// <summary>A verdict for people.</summary>
internal static class VerdictText
{
    private const int MostShown = 100;
    private const int WorthRate = 256 << 20; // of less, most of the time is the program's start

    public static StringBuilder Of(Verdict verdict, Paint paint)
    {
        var text = new StringBuilder();
        var name = verdict.LogName == null ? "Log without segments" : $"Log '{verdict.LogName}'";
        text.Append(CultureInfo.InvariantCulture, $"{paint.Bold}{name}{paint.End} in {verdict.Place}: ")
            .Append($"{Amounts.Count(verdict.Segments, "segment")}, {Amounts.Count(verdict.Events, "event")}, {Amounts.Bytes(verdict.Bytes)}")
            .Append($" in {Amounts.Seconds(verdict.Duration)}{(verdict.Bytes >= WorthRate ? $" ({verdict.Rate})" : "")}\n");
        foreach (var finding in verdict.Findings.Take(MostShown)) Append(text, finding, paint);
        if (verdict.Findings.Count > MostShown) text.Append($"… and {Amounts.Count(verdict.Findings.Count - MostShown)} more: --json shows all\n");
        if (verdict.Receipts.Count > 0) text.Append($"receipts:     {ReceiptCheck.Summary(verdict)}\n");
        var links = $"{Amounts.Count(verdict.Seals, "seal")}, {Amounts.Count(verdict.Links, "link")} of the chain" +
                    $"{(verdict.Signatures > 0 ? $", {Amounts.Count(verdict.Signatures, "signature")}" : "")}{(verdict.Digests > 0 ? $", {Amounts.Count(verdict.Digests, "digest")}" : "")}";
        text.Append($"integrity:    {Word(verdict.Integrity, paint)}{(verdict.Integrity == "damaged" ? "" : $" (every line's hash, the order of numbers, {links})")}\n");
        text.Append($"completeness: {Word(verdict.Completeness, paint)}{(verdict.Sequences is { } all ? $" ({Amounts.Range(all)})" : "")}\n");
        return text;
    }

    private static void Append(StringBuilder text, Finding finding, Paint paint)
    {
        var colour = finding.Kind switch { FindingKind.Note => paint.Dim, FindingKind.Torn => paint.Yellow, _ => paint.Red };
        text.Append(CultureInfo.InvariantCulture, $"{colour}{finding.Kind.ToString().ToLowerInvariant(),-8}{paint.End}");
        if (finding.File.Length > 0) text.Append(finding.File).Append(finding.Offset is { } offset ? string.Create(CultureInfo.InvariantCulture, $" at offset {offset}: ") : ": ");
        PlainText.Append(text, finding.Text);
        text.Append('\n');
    }

    private static string Word(string verdict, Paint paint) => verdict switch
    {
        "whole" or "complete" => paint.Green + verdict + paint.End,
        "torn" => $"{paint.Yellow}torn{paint.End} (the end that a crash left was never acknowledged; the next opening cuts it)",
        _ => paint.Red + verdict + paint.End,
    };
}
