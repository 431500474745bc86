namespace DurableSink.PowerCut.Shipping;

/// <summary>What the list of acknowledgements says of objects: which were begun, and which of them stood whole in the target.</summary>
internal sealed class ObjectNotes
{
    public const string Begun = "put";
    public const string Standing = "stands";

    /// <summary>Keys of objects whose put was begun. Whether they arrived is not known.</summary>
    public HashSet<string> BegunKeys { get; } = [];

    /// <summary>Keys of objects of which the target had said that they are there, whole and durable.</summary>
    public HashSet<string> StandingKeys { get; } = [];

    public static bool IsNote(string line) => line.StartsWith(Begun + " ", StringComparison.Ordinal) || line.StartsWith(Standing + " ", StringComparison.Ordinal);

    public static ObjectNotes Read(string path)
    {
        var notes = new ObjectNotes();
        foreach (var line in AcknowledgementFile.ReadLines(path).Where(IsNote))
        {
            var key = line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            (line.StartsWith(Begun, StringComparison.Ordinal) ? notes.BegunKeys : notes.StandingKeys).Add(key);
        }
        return notes;
    }
}
