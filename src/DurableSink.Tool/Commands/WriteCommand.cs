using System.CommandLine;
using DurableSink.Tooling.Terminal;
using DurableSink.Tooling.Writing;

namespace DurableSink.Tooling.Commands;

/// <summary><c>write DIR</c>: the standard input, line by line, into a durable log.</summary>
internal static class WriteCommand
{
    /// <summary>After a signal: the program before us in the pipe got it too, and may have last words.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public static Command Create(Surroundings world)
    {
        var directory = new Argument<string>("DIR") { Description = "The log's directory; made where there is none" };
        var tee = new Option<bool>("--tee") { Description = "Pass the input on to the standard output: when it is accepted, under Fsync Always when it is durable" };
        var acknowledge = new Option<bool>("--acknowledge")
        {
            Description = "Say 'durable N' on the standard error, up to fifty times a second: lines 1 to N of the input are durable. Who sends the lines can go on from there after a crash",
        };
        var fsync = Arguments.Option("--fsync", "POLICY", "Always, Batch (default) or Os: when lines become durable", text =>
            Enum.GetNames<FsyncPolicy>().FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"Allowed: {string.Join(", ", Enum.GetNames<FsyncPolicy>())}"));
        var set = new Option<string[]>("--set")
        {
            Description = "Any option of a log (docs/OPTIONS.md), such as LogName=shop, SegmentBytes=16MiB, RetainBytes=1GiB. May be given several times",
            HelpName = "NAME=VALUE",
        };
        set.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(t => t.Value.IndexOf('=') < 1) is { } wrong) result.AddError($"--set is '{wrong.Value}'. Allowed: NAME=VALUE, such as SegmentBytes=16MiB.");
        });
        var verb = new Verb("write",
            "Write the standard input into a log: a JSON object on a line is an event (CLEF's members mean what they mean there), any other line a message. " +
            "Waits for the drive, so the sender does. Exit: 0 all is durable, 1 all is durable but lines were too long and were shortened, 3 not all is",
            ("shop | durable-log write /var/log/shop", "any program's output, durable within 5 ms"),
            ("shop 2>&1 | durable-log write /var/log/shop --fsync always --tee | grep -i error", "each line durable before it is passed on"),
            ("journalctl -f -o json | durable-log write /var/log/journal --set RetainBytes=1GiB", "a log that keeps itself small"))
        {
            directory, fsync, tee, acknowledge, set,
        };
        verb.SetAction(parsed =>
        {
            List<string> settings = [.. parsed.GetValue(set) ?? []];
            if (parsed.GetValue(fsync) is { } policy) settings.Add($"Fsync={policy}");
            return Run(LogChoice.Of(parsed.GetRequiredValue(directory), settings, world), parsed.GetValue(tee), parsed.GetValue(acknowledge), world);
        });
        return verb;
    }

    private static int Run(DurableLogOptions options, bool isTee, bool isAcknowledged, Surroundings world)
    {
        using var interruption = new Interruption(world);
        DurableLog log;
        try
        {
            log = DurableLog.Open(options);
        }
        catch (ArgumentException e)
        {
            throw new ToolException(e.Message);
        }

        var started = world.Time.GetTimestamp();
        var feed = new Feed(log, world.In, isTee ? world.Out : null, world);
        using (isAcknowledged ? new Acknowledging(feed, world.Error) : null)
        {
            feed.Start();
            if (Task.WaitAny([feed.Ended, Task.Delay(Timeout.Infinite, interruption.Token)]) == 1) feed.Ended.Wait(Grace);
            feed.Stop();
            Finish(log, feed);
        }

        var isDurable = log.DurableSequence >= feed.LastSequence;
        world.Error.WriteLine($"{Tool.Name}: {Amounts.Count(feed.Lines, "line")}, {Amounts.Count(feed.Events, "event")}, {(isDurable ? "all durable" : $"durable up to line {feed.DurableLines}")} " +
                              $"in '{log.Directory}' after {Amounts.Seconds(world.Time.GetElapsedTime(started))}");
        if (feed.Failure is { } failure) throw failure is IOException ? failure : new ToolException(failure.ToString());
        if (!isDurable) return Exits.Failed;
        if (feed.Shortened > 0)
        {
            world.Error.WriteLine($"{Tool.Name}: {Amounts.Count(feed.Shortened, "line")} longer than MaxEventBytes ({options.MaxEventBytes} bytes) were shortened. " +
                                  "Raise it: --set MaxEventBytes=1MiB --set BufferBytes=16MiB");
        }

        return interruption.IsRequested ? interruption.Exit : feed.Shortened > 0 ? Exits.Blemished : Exits.Done;
    }

    /// <summary>Closing goes on trying for as long as ShutdownTimeout says; what it could not do shows in what is durable then.</summary>
    private static void Finish(DurableLog log, Feed feed)
    {
        try
        {
            if (feed.Failure == null) log.Flush();
        }
        catch (DurableLogException)
        {
            // Told by the log's notice, and by what is durable in the end.
        }

        log.Dispose();
    }
}
