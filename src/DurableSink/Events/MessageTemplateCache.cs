using System.Collections.Concurrent;

namespace DurableSink.Events;

/// <summary>Templates by their text. When full, further ones are parsed each time: generated ones must not fill the memory (D9).</summary>
internal sealed class MessageTemplateCache
{
    internal const int MaxCount = 1000;

    private readonly ConcurrentDictionary<string, MessageTemplate> _templates = new(StringComparer.Ordinal);
    private int _count; // ConcurrentDictionary.Count takes all its locks

    public int Count => Volatile.Read(ref _count);

    public MessageTemplate Get(string text)
    {
        if (_templates.TryGetValue(text, out var known)) return known;
        var template = new MessageTemplate(text);
        if (text.Length > MessageTemplate.MaxKeptLength || Count >= MaxCount) return template;

        // Counted first, so that threads that race for the last place cannot pass the bound together.
        if (Interlocked.Increment(ref _count) > MaxCount || !_templates.TryAdd(text, template)) Interlocked.Decrement(ref _count);
        return template;
    }
}
