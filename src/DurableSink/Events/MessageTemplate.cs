namespace DurableSink.Events;

internal static class MessageTemplate
{
    public static IReadOnlyList<KeyValuePair<string, object?>> Bind(string template, object?[] values) => [];
}
