using DurableSink.PowerCut.Shipping;

namespace DurableSink.PowerCut;

/// <summary>
/// Can the verifier fail? Writes a log, copies it while it is open (as a killed process leaves it), and damages one copy after another:
/// each must be called wrong, and for the right reason. Copies that hold nothing wrong must pass.
/// </summary>
internal static class SelfTest
{
    public static async Task<int> RunAsync()
    {
        var root = Directory.CreateTempSubdirectory("powercut-selftest.").FullName;
        try
        {
            var original = await WriteAsync(root);
            var wrong = 0;
            var copy = Path.Combine(root, "copy");
            foreach (var trial in Trials.All) wrong += await RunAsync(trial, original, copy, c => Verifier.CheckAsync(c.Drive, c.Acknowledgements)) ? 0 : 1;
            var keyed = await WriteKeyedAsync(root);
            foreach (var trial in Trials.Keyed) wrong += await RunAsync(trial, keyed, copy, c => Verifier.CheckAsync(c.Drive, c.Acknowledgements, hasKeys: true)) ? 0 : 1;
            var shipped = await WriteShippedAsync(root);
            foreach (var trial in ShippedTrials.All) wrong += await RunAsync(trial, shipped, copy, c => ShippedVerifier.CheckAsync(c.Drive, c.Acknowledgements, c.Away)) ? 0 : 1;
            var all = Trials.All.Count + Trials.Keyed.Count + ShippedTrials.All.Count;
            Console.WriteLine($"{all - wrong} of {all} right");
            return wrong == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task<LogCopy> WriteAsync(string root)
    {
        var live = new LogCopy(Path.Combine(root, "live"));
        Directory.CreateDirectory(live.Drive);
        await using var writer = new Writer(live.Drive, live.Acknowledgements, WriterSettings.Parse(["--events", "150"]));
        await writer.RunAsync();
        await writer.BeginSegmentAsync(events: 20); // what was before is sealed, and no file changes while it is copied
        return live.CopyTo(Path.Combine(root, "original"));
    }

    private static async Task<LogCopy> WriteKeyedAsync(string root)
    {
        var live = new LogCopy(Path.Combine(root, "keyed"));
        Directory.CreateDirectory(live.Drive);
        await using (var writer = new AuditWriter(live.Drive, live.Acknowledgements, WriterSettings.Parse(["--events", "100"]))) await writer.RunAsync();
        return live;
    }

    private static async Task<LogCopy> WriteShippedAsync(string root)
    {
        var live = new LogCopy(Path.Combine(root, "shipped"));
        Directory.CreateDirectory(live.Drive);
        await using var writer = new Writer(live.Drive, live.Acknowledgements, WriterSettings.Parse(["--events", "150", "--ship", live.Away]));
        await writer.RunAsync();
        await writer.BeginSegmentAsync(events: 20);
        await writer.ShipAllAsync();
        return live.CopyTo(Path.Combine(root, "shipped-original"));
    }

    private static async Task<bool> RunAsync(Trial trial, LogCopy original, string drive, Func<LogCopy, Task<string>> check)
    {
        var copy = original.CopyTo(drive);
        trial.Damage(copy);
        var verdict = "passed";
        try
        {
            await check(copy);
        }
        catch (Exception e) // a log that cannot be opened is a verdict too, as in `verify`
        {
            verdict = e.Message;
        }
        var right = verdict.Contains(trial.Expected, StringComparison.Ordinal);
        Console.WriteLine($"{(right ? "right" : "WRONG")}  {trial.Name}: {verdict}{(right ? "" : $" (expected: {trial.Expected})")}");
        Directory.Delete(copy.Root, recursive: true);
        return right;
    }
}
