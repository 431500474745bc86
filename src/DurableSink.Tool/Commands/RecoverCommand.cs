using System.CommandLine;
using System.Globalization;
using System.Text;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Recovering;
using DurableSink.Tooling.Terminal;
using DurableSink.Tooling.Writing;

namespace DurableSink.Tooling.Commands;

/// <summary><c>recover DIR</c>: what opening would do, shown, then done.</summary>
internal static class RecoverCommand
{
    private const string LockFile = "LOCK";

    public static Command Create(Surroundings world)
    {
        var directory = Arguments.Directory();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show it" };
        var verb = new Verb("recover",
            "Finish what a crash left, as opening the log would: seal, cut what was never acknowledged, salvage what is whole. Takes the log's lock. " +
            "Run it as the user that the application runs as. Exit: 0 nothing acknowledged is lost, 2 events are missing or files were set aside, 3 cannot",
            ("durable-log recover /var/lib/shop/log --dry-run", "what would the next start of the application do?"),
            ("sudo -u shop durable-log recover /var/lib/shop/log", "do it now, before the last segment is copied away"))
        {
            directory, dryRun,
        };
        verb.SetAction(parsed => Run(parsed.GetRequiredValue(directory), parsed.GetValue(dryRun), world));
        return verb;
    }

    private static int Run(string path, bool isDry, Surroundings world)
    {
        using var output = new OutputBuffer(world.Out);
        RecoveryReport planned;
        using (var log = LogFolder.Open(path, world)) planned = Plan(log, isDry, world);
        if (planned.IsClean && planned.Missing.Count == 0)
        {
            output.Write(new StringBuilder(planned.SparesDeleted > 0
                ? $"Nothing to recover: every segment is sealed. {Amounts.Count(planned.SparesDeleted, "spare")} of another run would be deleted.\n"
                : "Nothing to recover: every segment is sealed.\n"));
            return Exits.Done;
        }

        output.Write(RecoveryText.Of(planned, isDone: false, world.Paint));
        if (isDry) return ExitOf(planned);
        output.Flush();
        var options = LogChoice.Of(path, ["LockTimeout=0s"], world);
        var tell = options.OnNotice!;
        options.OnNotice = notice => { if (notice.Name != "Recovered") tell(notice); }; // all of it stands in the report
        using var opened = DurableLog.Open(options);
        output.Write(RecoveryText.Of(opened.RecoveryReport, isDone: true, world.Paint));
        return ExitOf(opened.RecoveryReport);
    }

    /// <summary>Under the log's lock, so that nobody is at it; a copy without one has no writer.</summary>
    private static RecoveryReport Plan(LogFolder log, bool isDry, Surroundings world)
    {
        if (!log.Files.List().Contains(LockFile)) return DryRecovery.Run(log.Files, world.Time).Report;
        var me = string.Create(CultureInfo.InvariantCulture,
            $"host {Environment.MachineName}, process {Environment.ProcessId}, since {world.Time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}");
        try
        {
            using var held = log.Files.TryLock(LockFile, me, out var holder)
                ?? throw new ToolException($"'{log.Path}' is in use by {holder}: the log is open, and there is nothing to recover. Stop that process first.");
            return DryRecovery.Run(log.Files, world.Time).Report;
        }
        catch (DurableIOException e) when (isDry && e.Path.EndsWith(LockFile, StringComparison.Ordinal))
        {
            world.Error.WriteLine($"{Tool.Name}: without the lock, as it cannot be taken here ({e.Message}): if the log is being written, this says nothing");
            return DryRecovery.Run(log.Files, world.Time).Report;
        }
    }

    private static int ExitOf(RecoveryReport report) =>
        report.Missing.Count > 0 || report.Segments.Any(s => s.Outcome is RecoveryOutcome.Salvaged or RecoveryOutcome.SetAside or RecoveryOutcome.Left)
            ? Exits.Damaged
            : Exits.Done;
}
