namespace DurableSink.Tooling;

/// <summary>Something that the user can mend: one line that names it and the remedy.</summary>
internal sealed class ToolException(string message) : Exception(message);
