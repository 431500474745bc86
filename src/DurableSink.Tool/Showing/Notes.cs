using DurableSink.Tooling.Terminal;

namespace DurableSink.Tooling.Showing;

/// <summary>What is said of records that are no events.</summary>
internal static class Notes
{
    public static string Gap(LogRecord record) =>
        $"{Events(record)} {(record.Sequence == record.LastSequence ? "is" : "are")} not there: removed, or lost to damage (durable-log verify tells which)";

    public static string Retraction(LogRecord record) =>
        $"{Events(record)}, shown above, did not survive a crash of the writer: nobody had been told that {(record.Sequence == record.LastSequence ? "it was" : "they were")} durable";

    private static string Events(LogRecord record) => Amounts.Range(new(record.Sequence, record.LastSequence));
}
