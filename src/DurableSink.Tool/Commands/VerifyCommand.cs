using System.CommandLine;
using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Terminal;
using DurableSink.Tooling.Verifying;

namespace DurableSink.Tooling.Commands;

/// <summary><c>verify DIR|FILE…</c>: whether all is as it was written, and all is there.</summary>
internal static class VerifyCommand
{
    public static Command Create(Surroundings world)
    {
        var places = Arguments.Places();
        var json = new Option<bool>("--json") { Description = "The report as one JSON object" };
        var receipts = new Option<string[]>("--receipt")
        {
            Description = "Also look for the event of a receipt, or of each in a file (one a line, as text or JSON). May be given several times",
            HelpName = "RECEIPT|FILE",
        };
        var verb = new Verb("verify",
            "Check every line's hash, the order of numbers, the seals and their chain. Exit: 0 whole and complete, 1 only a torn end that was never acknowledged, " +
            "2 damaged or incomplete, 3 cannot read",
            ("durable-log verify /var/lib/shop/log", "is it whole and complete?"),
            ("durable-log verify backup/*.clef", "sealed segments, wherever they lie"),
            ("durable-log verify /var/lib/shop/orders --receipt receipts.txt", "and does it still hold what was acknowledged?"),
            ("durable-log verify /var/lib/shop/log --json | jq -r '.findings[] | select(.kind != \"note\") | .text'", "for a script"))
        {
            places, json, receipts,
        };
        verb.SetAction(parsed => Run(parsed.GetRequiredValue(places), parsed.GetValue(receipts) ?? [], parsed.GetValue(json), world));
        return verb;
    }

    private static int Run(string[] places, string[] receipts, bool isJson, Surroundings world)
    {
        var looked = receipts.SelectMany(ReceiptList.Read).ToList();
        var directories = places.Where(p => !File.Exists(p)).ToList();
        if (directories.Count > 0 && places.Length > 1) throw new ToolException("Verify one log's directory, or some files, at a time.");
        if (looked.Count > 0 && directories.Count == 0) throw new ToolException("--receipt needs the log's directory: a receipt's event is looked for in all segments.");
        if (places.FirstOrDefault(p => p.EndsWith(SegmentName.ActiveSuffix, StringComparison.Ordinal)) is { } active)
            throw new ToolException($"'{active}' is not sealed: only what stands beside it tells what it must hold. Verify the log's directory.");
        var verdict = new Verdict { Place = places.Length == 1 ? Path.GetFullPath(places[0]) : Amounts.Count(places.Length, "file") };
        var started = world.Time.GetTimestamp();
        new ProgressBar(world).Run("Verifying", (total, done) =>
        {
            var verifier = new LogVerifier(verdict, world.Time) { OnProgress = done };
            if (directories.Count == 0)
            {
                total(places.Sum(p => new FileInfo(p).Length));
                verifier.Verify(Files(places, world));
                return;
            }

            using var log = LogFolder.Open(places[0], world);
            verifier.Verify(log.Files, total);
            ReceiptCheck.Run(looked, places[0], verdict, world);
        });
        verdict.Duration = world.Time.GetElapsedTime(started);
        Print(verdict, isJson, world);
        return verdict.Exit;
    }

    private static IEnumerable<(ILogFile, string)> Files(string[] paths, Surroundings world)
    {
        foreach (var path in paths)
        {
            using var directory = SegmentFile.OpenDirectory(path, world);
            yield return (directory.Open(Path.GetFileName(path), Access.Segment, write: false), path);
        }
    }

    private static void Print(Verdict verdict, bool isJson, Surroundings world)
    {
        using var output = new OutputBuffer(world.Out);
        if (!isJson)
        {
            output.Write(VerdictText.Of(verdict, world.Paint));
            return;
        }

        using var bytes = new MemoryStream();
        VerdictJson.Write(bytes, verdict);
        output.Write(bytes.ToArray());
    }
}
