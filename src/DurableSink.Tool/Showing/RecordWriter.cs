using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Showing;

/// <summary>Records as they are asked for: for people, or the lines as they stand in the log. Where lines are wanted, only lines go to
/// the standard output, and the rest is said on the standard error.</summary>
internal sealed class RecordWriter(OutputBuffer output, bool isJson, Surroundings world)
{
    private readonly EventPrinter _printer = new(output, world.Paint);

    public void Write(LogRecord record)
    {
        switch (record.Kind)
        {
            case LogRecordKind.Event when isJson: output.WriteLine(record.Json.Span); break;
            case LogRecordKind.Event: _printer.Event(record); break;
            case LogRecordKind.Gap when isJson: Say(Notes.Gap(record)); break;
            case LogRecordKind.Gap: _printer.Gap(record); break;
            case LogRecordKind.Retraction when isJson: Say(Notes.Retraction(record)); break;
            default: _printer.Retraction(record); break;
        }
    }

    private void Say(string note)
    {
        output.Flush(); // the note stands where it belongs when both go to one place
        world.Error.WriteLine($"{Tool.Name}: {note}");
    }
}
