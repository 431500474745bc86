using System.Collections.Concurrent;

namespace DurableSink.Events;

/// <summary>
/// Templates by their text, in two generations: when the young one is full, it becomes the old one, and what the old one holds is
/// forgotten unless it was used meanwhile. So generated templates neither fill the memory (D9) nor keep out those that are used again.
/// </summary>
internal sealed class MessageTemplateCache
{
    /// <summary>How many a generation holds: the cache twice as many.</summary>
    internal const int MaxCount = 1000;

    private volatile Generations _generations = new([]);

    public int Count => _generations.Young.Count + _generations.Old.Count;

    public MessageTemplate Get(string text)
    {
        var present = _generations;
        if (present.Young.TryGetValue(text, out var known)) return known;
        if (text.Length > MessageTemplate.MaxKeptLength) return new MessageTemplate(text);
        if (!present.Old.TryGetValue(text, out var template)) template = new MessageTemplate(text);

        // Counted first, so that threads that race for the last place cannot pass the bound together.
        if (Interlocked.Increment(ref present.Taken) <= MaxCount) return present.Young.GetOrAdd(text, template);
        Interlocked.CompareExchange(ref _generations, new Generations(present.Young), present);
        return template; // to be added when it comes again
    }

    private sealed class Generations(ConcurrentDictionary<string, MessageTemplate> old)
    {
        public int Taken; // places; ConcurrentDictionary.Count takes all its locks

        public ConcurrentDictionary<string, MessageTemplate> Young { get; } = new(StringComparer.Ordinal);

        public ConcurrentDictionary<string, MessageTemplate> Old => old;
    }
}
