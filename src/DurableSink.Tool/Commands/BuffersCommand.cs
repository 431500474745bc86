using System.CommandLine;
using System.Globalization;
using System.Text;
using DurableSink.Tooling.Buffers;
using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Commands;

/// <summary><c>buffers</c>: what killed processes left in memory.</summary>
internal static class BuffersCommand
{
    public static Command Create(Surroundings world)
    {
        var place = new Option<string>("--in")
        {
            Description = $"Where they are, where BufferDirectory is not {DurableLogOptions.DefaultBufferDirectory}",
            HelpName = "PLACE",
            DefaultValueFactory = _ => DurableLogOptions.DefaultBufferDirectory,
        };
        var remove = new Option<bool>("--remove") { Description = "Remove those that hold nothing but what their log holds too. None that is in use" };
        var abandon = new Option<bool>("--abandon") { Description = "With --remove: those too that hold accepted events which no log holds. These events are lost then" };
        var verb = new Verb("buffers",
            "List the memory in which killed processes left what they had accepted; the next opening of a log restores its own and removes it. What logs left that nobody opens " +
            "any more stays until the machine restarts, or this removes it. Run it as the user that the application runs as: another's are shown as in use. " +
            "Exit: 0 none is left but those in use, 2 some are, 3 cannot look",
            ("durable-log buffers", "what is there, and whose is it?"),
            ("durable-log buffers --remove", "make room in /dev/shm; nothing is lost"),
            ("durable-log buffers --remove --abandon", "also what deleted logs had accepted"))
        {
            place, remove, abandon,
        };
        verb.Validators.Add(result =>
        {
            if (result.GetValue(abandon) && !result.GetValue(remove)) result.AddError("--abandon goes with --remove.");
        });
        verb.SetAction(parsed => Run(parsed.GetRequiredValue(place), parsed.GetValue(remove), parsed.GetValue(abandon), world));
        return verb;
    }

    private static int Run(string place, bool isRemoving, bool isAbandoning, Surroundings world)
    {
        if (!Directory.Exists(place)) throw new ToolException($"'{place}' does not exist. Name the tmpfs that BufferDirectory names: --in PLACE.");
        var found = new BufferSearch(place, buffer => isRemoving && (isAbandoning || buffer.Events == 0), world).Run();
        using var output = new OutputBuffer(world.Out);
        if (found.Count == 0) output.Write(new StringBuilder($"No buffers in {place}.\n"));
        else output.Write(Table(found).Print(world.Paint).Append(Summary(found)));
        return found.Exists(buffer => !buffer.IsRemoved && buffer.State != BufferState.InUse) ? Exits.Damaged : Exits.Done;
    }

    private static Columns Table(List<FoundBuffer> found)
    {
        var table = new Columns("STATE", "EVENTS", "BYTES", "SINCE", "FILE", "LOG");
        foreach (var buffer in found)
        {
            var log = new StringBuilder();
            PlainText.Append(log, buffer.Directory.Length == 0 ? "?" : buffer.Directory);
            table.Add("", buffer.IsRemoved ? "removed" : Word(buffer.State), buffer.Events?.ToString(CultureInfo.InvariantCulture) ?? "-", buffer.Bytes.ToString(CultureInfo.InvariantCulture),
                buffer.Since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), buffer.Name, log.ToString());
        }

        return table;
    }

    private static string Summary(List<FoundBuffer> found)
    {
        var text = new StringBuilder();
        foreach (var state in found.Where(buffer => !buffer.IsRemoved).GroupBy(buffer => buffer.State).OrderBy(group => group.Key)) text.Append(Word(state.Key)).Append(": ").Append(Meaning(state.Key)).Append('\n');
        if (found.Where(buffer => buffer.IsRemoved).ToList() is { Count: > 0 } removed)
        {
            text.Append(CultureInfo.InvariantCulture, $"removed {Amounts.Count(removed.Count, "buffer")}, {Amounts.Bytes(removed.Sum(buffer => buffer.Bytes))}");
            text.Append(CultureInfo.InvariantCulture, $"{(removed.Sum(buffer => buffer.Events) is > 0 and var lost ? $", with {Amounts.Count((long)lost, "event")} that no log holds" : "")}\n");
        }

        return text.ToString();
    }

    private static string Word(BufferState state) => state switch
    {
        BufferState.InUse => "in-use",
        BufferState.Restorable => "restorable",
        BufferState.Refused => "refused",
        BufferState.Needless => "needless",
        _ => "orphaned",
    };

    private static string Meaning(BufferState state) => state switch
    {
        BufferState.InUse => "a process has the log open, or it is another user's; never removed",
        BufferState.Restorable => "the next opening of the log makes its events durable, and removes it; durable-log recover does it now. Removed only with --abandon",
        BufferState.Refused => "its events do not follow the log, and its next opening refuses them. Removed only with --abandon",
        BufferState.Needless => "its log holds all that is in it; --remove removes it, and so does the log's next opening",
        _ => "its log is not where it was, or that is not known. Was it moved? Then open it where it is. --remove removes it where it holds no events, with --abandon also where it does",
    };
}
