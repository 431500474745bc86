using System.CommandLine;
using System.Globalization;
using System.Text;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Commands;

/// <summary><c>ls DIR</c>: the segments.</summary>
internal static class LsCommand
{
    public static Command Create(Surroundings world)
    {
        var directory = Arguments.Directory();
        var verb = new Verb("ls", "List a log's segments: state, numbers, times, sizes",
            ("durable-log ls /var/lib/shop/log", "what is there"),
            ("durable-log ls /var/lib/shop/log | awk '$1 == \"damaged\"'", "only what was set aside"))
        {
            directory,
        };
        verb.SetAction(parsed => Run(parsed.GetRequiredValue(directory), world));
        return verb;
    }

    private static int Run(string path, Surroundings world)
    {
        using var log = LogFolder.Open(path, world);
        var paint = world.Paint;
        using var output = new OutputBuffer(world.Out);
        var segments = SegmentListing.Of(log);
        output.Write(Heading(log, paint));
        if (segments.Count > 0) output.Write(Table(segments, paint).Print(paint));
        output.Write(Summary(log, segments));
        return Exits.Done;
    }

    private static StringBuilder Heading(LogFolder log, Paint paint)
    {
        var text = new StringBuilder();
        text.Append(paint.Bold);
        PlainText.Append(text, log.Identity is { } identity ? $"Log '{identity.LogName}' ({identity.LogId})" : "Log without the file LOG");
        text.Append(paint.End).Append(CultureInfo.InvariantCulture, $" in {log.Path}\n");
        if (log.LastHolder is { Length: > 0 } holder)
        {
            text.Append(paint.Dim).Append("Last opened by ");
            PlainText.Append(text, holder);
            text.Append(paint.End).Append('\n');
        }

        return text;
    }

    private static Columns Table(List<ListedSegment> segments, Paint paint)
    {
        var hasShipped = segments.Exists(s => s.IsShipped);
        var table = hasShipped
            ? new Columns("STATE", "FIRST", "LAST", "EVENTS", "FROM", "TO", "BYTES", "SHIPPED", "FILE")
            : new Columns("STATE", "FIRST", "LAST", "EVENTS", "FROM", "TO", "BYTES", "FILE");
        foreach (var s in segments)
        {
            List<string> cells = [s.State, Number(s.First), Number(s.Last), Number(s.Events), Time(s.From), Time(s.To), Number(s.Bytes)];
            if (hasShipped) cells.Add(s.IsShipped ? "yes" : "-");
            cells.Add(s.File);
            table.Add(Colour(s, paint), [.. cells]);
        }

        return table;
    }

    private static StringBuilder Summary(LogFolder log, List<ListedSegment> segments)
    {
        var text = new StringBuilder();
        var live = segments.Where(s => !s.IsSetAside).ToList();
        text.Append(live.Count == 0
            ? "No segments yet: nothing was written.\n"
            : $"{Amounts.Count(live.Count, "segment")}, {Amounts.Count(live.Sum(s => s.Events ?? 0), "event")}, {Amounts.Bytes(live.Sum(s => s.Bytes))}\n");
        if (log.List.Spares.Count > 0) text.Append(CultureInfo.InvariantCulture, $"{Amounts.Count(log.List.Spares.Count, "spare")} for what comes next\n");
        if (log.List.HasShipMarker) text.Append("SHIP: a shipper removes segments here\n");
        foreach (var instance in log.Instances) text.Append(CultureInfo.InvariantCulture, $"{instance}/ is a log of its own: durable-log ls {Path.Combine(log.Path, instance)}\n");
        foreach (var s in segments.Where(s => s.HasBrokenEnd))
            text.Append(CultureInfo.InvariantCulture, $"{s.File} holds more after event {s.Last ?? s.First - 1}: a commit that is being written, torn, or damaged; durable-log verify tells which\n");
        if (segments.Exists(s => s.IsSetAside)) text.Append("damaged: set aside by an opening, and kept for you; durable-log verify says what is missing\n");
        return text;
    }

    private static string Colour(ListedSegment segment, Paint paint) => segment.State switch
    {
        ListedSegment.Sealed => "",
        ListedSegment.Active => paint.Green,
        _ => paint.Red,
    };

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string Time(DateTimeOffset? time) => time is { } t ? t.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "-";
}
