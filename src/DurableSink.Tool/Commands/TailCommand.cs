using System.CommandLine;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Showing;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Commands;

/// <summary><c>tail DIR</c>: the last events, and those to come.</summary>
internal static class TailCommand
{
    private const int Usual = 10;

    private static readonly TimeSpan LookAround = TimeSpan.FromSeconds(1);

    public static Command Create(Surroundings world)
    {
        var directory = Arguments.Directory();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with events as they are written, through rolls and restarts, until Ctrl-C" };
        var lines = Arguments.Number("--lines", "N", $"How many to begin with: default {Usual}, 0 for none", least: 0);
        lines.Aliases.Add("-n");
        var json = new Option<bool>("--json") { Description = "The lines as they stand in the log: CLEF, one JSON object a line" };
        var selection = new Selection(world.Time);
        var verb = new Verb("tail", "Show the last events, and follow the log",
            ("durable-log tail /var/lib/shop/log -f", "what happens now"),
            ("durable-log tail /var/lib/shop/log -f -n 0 --level Error", "only errors from now on"),
            ("durable-log tail /var/lib/shop/log -f --json | jq --unbuffered -c '{t: .\"@t\", u: .UserId}'", "into another program"))
        {
            directory, follow, lines, json,
        };
        selection.AddFilter(verb);
        verb.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(directory);
            var filter = selection.Filter(parsed);
            var reader = new DurableLogReader(path, world.Storage) { TimeProvider = world.Time };
            LogPosition start;
            using (var log = LogFolder.Open(path, world))
                start = LogPosition.FromSequence(LogTail.StartOf(log, parsed.GetValue(lines) ?? Usual, filter, reader));

            using var output = new OutputBuffer(world.Out);
            var writer = new RecordWriter(output, parsed.GetValue(json), world);
            if (parsed.GetValue(follow)) Follow(reader.FollowAsync(start, world.Stop), filter, writer, output, world.IsReaderGone);
            else Show(reader.Read(start), filter, writer);
            return Exits.Done;
        });
        return verb;
    }

    private static void Show(IEnumerable<LogRecord> records, EventFilter filter, RecordWriter writer)
    {
        foreach (var record in records)
        {
            if (record.Kind != LogRecordKind.Event || filter.Matches(record.Json)) writer.Write(record);
        }
    }

    /// <summary>What has come is put out when nothing more is there at once.</summary>
    private static void Follow(IAsyncEnumerable<LogRecord> records, EventFilter filter, RecordWriter writer, OutputBuffer output, Func<bool> isReaderGone)
    {
        var all = records.GetAsyncEnumerator();
        while (true)
        {
            var next = all.MoveNextAsync();
            if (!(next.IsCompleted ? next.Result : Wait(next.AsTask(), output, isReaderGone))) return;
            var record = all.Current;
            if (record.Kind != LogRecordKind.Event || filter.Matches(record.Json)) writer.Write(record);
        }
    }

    private static bool Wait(Task<bool> next, OutputBuffer output, Func<bool> isReaderGone)
    {
        output.Flush();
        while (Task.WaitAny([next], LookAround) < 0)
        {
            if (isReaderGone()) throw new BrokenPipeException();
        }

        return next.GetAwaiter().GetResult();
    }
}
