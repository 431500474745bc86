using Microsoft.Extensions.Logging;

namespace DurableSink;

/// <summary>Something about a log that an operator should know.</summary>
/// <param name="Level">How bad it is.</param>
/// <param name="Name">A stable name for the kind of notice, such as <c>DirectIORefused</c>.</param>
/// <param name="Message">What happened, where (path, offset, errno), and the remedy.</param>
/// <param name="Exception">The cause, where there is one.</param>
public sealed record DurableNotice(LogLevel Level, string Name, string Message, Exception? Exception = null);
