using System.CommandLine;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Stats;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Commands;

/// <summary><c>stats DIR</c>: what is logged how often, and what durability costs here.</summary>
internal static class StatsCommand
{
    public static Command Create(Surroundings world)
    {
        var directory = Arguments.Directory();
        var probe = new Option<bool>("--probe")
        {
            Description = "Instead: measure for 2 s what a durable write costs in this directory, with a file of 1 MiB that is removed again. The only thing here that writes",
        };
        var selection = new Selection(world.Time);
        var verb = new Verb("stats", "Count events and bytes by time, level, category and template; or measure the drive",
            ("durable-log stats /var/lib/shop/log --since 1h", "what fills the log?"),
            ("durable-log stats /var/lib/shop/log --probe", "what would Always cost me here?"))
        {
            directory, probe,
        };
        selection.AddRange(verb);
        selection.AddFilter(verb);
        verb.SetAction(parsed =>
        {
            using var output = new OutputBuffer(world.Out);
            var path = parsed.GetRequiredValue(directory);
            using (LogFolder.Open(path, world))
            {
                // Only to say it where there is no log.
            }

            if (parsed.GetValue(probe))
            {
                using var interruption = new Interruption(world);
                output.Write(ProbeText.Of(DriveProbe.Run(Path.GetFullPath(path), world.Time, world.Storage, interruption.Token), world.Paint));
                return Exits.Done;
            }

            var stats = new LogStats();
            var filter = selection.Filter(parsed);
            foreach (var record in EventSource.Read([path], selection.Range(parsed), world))
            {
                if (record.Kind != LogRecordKind.Event || filter.Matches(record.Json)) stats.Add(record);
            }

            output.Write(new StatsText(world).Of(stats));
            return Exits.Done;
        });
        return verb;
    }
}
