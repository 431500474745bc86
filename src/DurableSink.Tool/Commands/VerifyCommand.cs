using System.CommandLine;
using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Shipping;
using DurableSink.Tooling.Terminal;
using DurableSink.Tooling.Verifying;
using DurableSink.Tooling.Verifying.Stored;

namespace DurableSink.Tooling.Commands;

/// <summary><c>verify DIR|FILE…|TARGET</c>: whether all is as it was written, and all is there.</summary>
internal static class VerifyCommand
{
    public static Command Create(Surroundings world)
    {
        var places = Arguments.Places();
        places.HelpName = "DIR|FILE|TARGET";
        places.Description = $"A log's directory, segment files, or where logs were shipped to: {Target.Forms}";
        var target = new TargetOptions();
        var keys = new Option<string[]>("--key")
        {
            Description = "Check that seals and digests were signed with a key: a file with the public one in PEM. May be given several times, for keys that followed each other",
            HelpName = "PUBLIC.pem",
        };
        var json = new Option<bool>("--json") { Description = "The report as one JSON object; for a target one a log, each on a line" };
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
            ("durable-log verify s3://logs/production --region eu-central-1 --key public.pem", "what was shipped, from the bucket alone"),
            ("durable-log verify /var/lib/shop/log --json | jq -r '.findings[] | select(.kind != \"note\") | .text'", "for a script"))
        {
            places, keys, json, receipts,
        };
        target.AddTo(verb);
        verb.SetAction(parsed =>
        {
            var (typed, signers, looked, isJson) = (parsed.GetRequiredValue(places), SealKeys.Read(parsed.GetValue(keys) ?? []), parsed.GetValue(receipts) ?? [], parsed.GetValue(json));
            return TargetAmong(typed) is { } stored
                ? RunStored(stored, target.Of(parsed), signers, looked.Length > 0, isJson, world)
                : RunLocal(typed, target.Of(parsed), signers, looked, isJson, world);
        });
        return verb;
    }

    /// <summary>Null where logs and files on this machine are meant.</summary>
    private static Target? TargetAmong(string[] places)
    {
        if (!places.Any(place => Target.IsMeant(place) || StoredLog.IsIn(place))) return null;
        if (places.Length > 1) throw new ToolException("Verify one target at a time.");
        try
        {
            return Target.IsMeant(places[0]) ? Target.Parse(places[0]) : Target.OfDirectory(places[0]);
        }
        catch (FormatException wrong)
        {
            throw new ToolException($"'{places[0]}' is no target. {wrong.Message}.");
        }
    }

    private static int RunStored(Target target, TargetServer server, SealKeys keys, bool hasReceipts, bool isJson, Surroundings world)
    {
        if (hasReceipts) throw new ToolException("--receipt needs the log's directory: a receipt's event is looked for in all segments.");
        if (target.Directory is { } path && !Directory.Exists(path)) throw new ToolException($"'{path}' does not exist. Name the directory that logs were shipped to.");
        var store = target.Open(server);
        try
        {
            List<Verdict> verdicts = [];
            new ProgressBar(world).Run("Verifying", (total, done) => verdicts = new StoreVerifier(target, store, keys, world).Run(total, done));
            foreach (var verdict in verdicts) Print(verdict, isJson, world);
            return verdicts.Max(verdict => verdict.Exit);
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static int RunLocal(string[] places, TargetServer server, SealKeys keys, string[] receipts, bool isJson, Surroundings world)
    {
        if (server != TargetServer.Default) throw new ToolException("--endpoint, --region and --path-style are for s3://….");
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
            var verifier = new LogVerifier(verdict, world.Time, keys) { OnProgress = done };
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
