namespace DurableSink.Configuration;

/// <summary>How one kind of value is written in configuration.</summary>
/// <param name="Form">What it looks like, for people: the second half of each error message.</param>
/// <param name="TryParse">Reads it; false when the text is none.</param>
/// <param name="Show">Writes it as it would be configured.</param>
internal sealed record ValueKind<T>(string Form, ValueKind<T>.Parser TryParse, Func<T, string> Show)
{
    internal delegate bool Parser(string text, out T value);
}
