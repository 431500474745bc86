using System.CommandLine;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Showing;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Commands;

/// <summary><c>cat DIR|FILE…</c>: events.</summary>
internal static class CatCommand
{
    public static Command Create(Surroundings world)
    {
        var places = Arguments.Places();
        var json = new Option<bool>("--json") { Description = "The lines as they stand in the log: CLEF, one JSON object a line" };
        var limit = Arguments.Number("--limit", "N", "Stop after this many events", least: 1);
        var selection = new Selection(world.Time);
        var verb = new Verb("cat", "Show events",
            ("durable-log cat /var/lib/shop/log --since 10m --level Warning", "what went wrong in the last ten minutes"),
            ("durable-log cat /var/lib/shop/log --property UserId=42 --category Shop.Orders", "all orders of one user"),
            ("durable-log cat /var/lib/shop/log --from-seq 1001 --limit 1", "one event"),
            ("durable-log cat /var/lib/shop/log --json | jq -c 'select(.Count > 3 and (.\"@x\" // \"\" | test(\"Timeout\")))'", "anything else, with jq"),
            ("duckdb -c \"SELECT \\\"@mt\\\", count(*) FROM read_json('/var/lib/shop/log/*.clef', format='newline_delimited', union_by_name=true) GROUP BY 1\"",
                "or with DuckDB, which reads sealed segments itself"))
        {
            places, json, limit,
        };
        selection.AddRange(verb);
        selection.AddFilter(verb);
        verb.SetAction(parsed =>
        {
            using var output = new OutputBuffer(world.Out);
            var writer = new RecordWriter(output, parsed.GetValue(json), world);
            var filter = selection.Filter(parsed);
            var left = parsed.GetValue(limit) ?? long.MaxValue;
            foreach (var record in EventSource.Read(parsed.GetRequiredValue(places), selection.Range(parsed), world))
            {
                if (record.Kind == LogRecordKind.Event && !filter.Matches(record.Json)) continue;
                writer.Write(record);
                if (record.Kind == LogRecordKind.Event && --left == 0) break;
            }

            return Exits.Done;
        });
        return verb;
    }
}
