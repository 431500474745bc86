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
            foreach (var trial in Trials.All) wrong += Run(trial, original, Path.Combine(root, "copy")) ? 0 : 1;
            Console.WriteLine($"{Trials.All.Count - wrong} of {Trials.All.Count} right");
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
        using var writer = new Writer(live.Drive, live.Acknowledgements, WriterSettings.Parse(["--events", "150"]));
        await writer.RunAsync();
        await writer.BeginSegmentAsync(events: 20); // what was before is sealed, and no file changes while it is copied
        return live.CopyTo(Path.Combine(root, "original"));
    }

    private static bool Run(Trial trial, LogCopy original, string drive)
    {
        var copy = original.CopyTo(drive);
        trial.Damage(copy);
        var verdict = "passed";
        try
        {
            Verifier.Check(copy.Drive, copy.Acknowledgements);
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
