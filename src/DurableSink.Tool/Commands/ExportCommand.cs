using System.CommandLine;
using DurableSink.Segments;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Showing;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Commands;

/// <summary><c>export DIR</c>: all events as one NDJSON stream.</summary>
internal static class ExportCommand
{
    public static Command Create(Surroundings world)
    {
        var places = Arguments.Places();
        var plain = new Option<bool>("--plain") { Description = "Without @durable, @seq and @hash: the events as they were logged" };
        var file = new Option<string>("--output", "-o") { Description = "Into a new file, durable when this returns, instead of the standard output", HelpName = "FILE" };
        var selection = new Selection(world.Time);
        var verb = new Verb("export", "Write all events, in order, as one stream of NDJSON: without headers, seals and blank lines",
            ("durable-log export /var/lib/shop/log -o shop.ndjson", "one file, each line with its number and hash"),
            ("durable-log export /var/lib/shop/log --plain --since 2026-11-20 --until 2026-11-21 | gzip > day.ndjson.gz", "a day for somebody else"),
            ("durable-log export /var/lib/shop/log --plain | duckdb -c \"SELECT \\\"@mt\\\", count(*) FROM read_json('/dev/stdin', format='newline_delimited') GROUP BY 1\"", "into a query"))
        {
            places, plain, file,
        };
        selection.AddRange(verb);
        verb.SetAction(parsed =>
        {
            var records = EventSource.Read(parsed.GetRequiredValue(places), selection.Range(parsed), world);
            if (parsed.GetValue(file) is not { } path)
            {
                Write(records, world.Out, parsed.GetValue(plain), world);
                return Exits.Done;
            }

            using var target = new NewFile(path, world);
            Write(records, target, parsed.GetValue(plain), world);
            target.Finish();
            return Exits.Done;
        });
        return verb;
    }

    private static void Write(IEnumerable<LogRecord> records, Stream target, bool isPlain, Surroundings world)
    {
        using var output = new OutputBuffer(target);
        var provisional = 0L;
        foreach (var record in records)
        {
            if (record.Kind != LogRecordKind.Event)
            {
                world.Error.WriteLine($"{Tool.Name}: {Notes.Gap(record)}");
                continue;
            }

            provisional += record.IsProvisional ? 1 : 0;
            var line = record.Json.Span;
            output.Write(isPlain ? line[..LineTrailer.BodyLength(line)] : line);
            output.Write(isPlain ? "}\n"u8 : "\n"u8);
        }

        if (provisional > 0)
            world.Error.WriteLine($"{Tool.Name}: the last {Amounts.Count(provisional, "event")} may not be durable yet: their segment is not sealed, and a crash could take them back");
    }
}
