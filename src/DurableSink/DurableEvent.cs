using Microsoft.Extensions.Logging;

namespace DurableSink;

/// <summary>One structured event to append to a <see cref="DurableLog"/>.</summary>
/// <param name="messageTemplate">The message template, with its holes such as <c>{OrderId}</c>.</param>
public readonly struct DurableEvent(string messageTemplate)
{
    /// <summary>The message template (<c>@mt</c>).</summary>
    public string MessageTemplate { get; } = messageTemplate;

    /// <summary>When it happened (<c>@t</c>, written in UTC). Default: the time of the append.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>The level (<c>@l</c>, by Serilog's names). Default <see cref="LogLevel.Information"/>.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>Names and values, written at the top level of the line. A leading <c>@</c> in a name is doubled.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>>? Properties { get; init; }

    /// <summary>The exception (<c>@x</c>).</summary>
    public Exception? Exception { get; init; }

    /// <summary>
    /// An event from a template and the values of its holes, in order: <c>DurableEvent.Create("Order {OrderId} placed", id)</c>.
    /// Values beyond the template's holes are written as <c>__0</c>, <c>__1</c>, …
    /// </summary>
    public static DurableEvent Create(string messageTemplate, params object?[] values) =>
        new(messageTemplate) { Properties = Events.MessageTemplate.Bind(messageTemplate, values) };
}
