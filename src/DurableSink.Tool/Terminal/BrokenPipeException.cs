namespace DurableSink.Tooling.Terminal;

/// <summary>Who read the standard output has gone: the end, and no error.</summary>
internal sealed class BrokenPipeException() : IOException("the reader of the standard output has gone");
