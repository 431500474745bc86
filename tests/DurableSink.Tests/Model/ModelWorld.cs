namespace DurableSink.Tests.Model;

/// <summary>What the log was told and what it answered, over all its lives. Content is a number that is never used twice.</summary>
internal sealed class ModelWorld
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, long> _assigned = []; // sequence -> content of what is or may be in the log
    private readonly HashSet<long> _floating = []; // offered, and no number is known: the call failed
    private readonly HashSet<long> _keyed = []; // contents that are written under a key, perhaps many times
    private readonly Dictionary<long, long> _places = []; // of those: content -> number, told to be durable or found after a crash
    private long _acknowledged; // greatest number, over all
    private long _content;

    public long NewContent() => Interlocked.Increment(ref _content);

    /// <summary>The greatest number that was told to be durable.</summary>
    public long Acknowledged
    {
        get
        {
            lock (_lock) return _acknowledged;
        }
    }

    public void Accepted(long sequence, long content)
    {
        lock (_lock)
        {
            if (!_assigned.TryAdd(sequence, content)) throw new ModelException($"Number {sequence} was given out twice.");
        }
    }

    public long NewKeyedContent()
    {
        var content = NewContent();
        lock (_lock) _keyed.Add(content);
        return content;
    }

    /// <summary>It was written under its key, now or before, and is durable: once and for all under this number.</summary>
    public void KeyedIsDurable(long sequence, long content)
    {
        lock (_lock)
        {
            if (_places.TryGetValue(content, out var place) && place != sequence)
                throw new ModelException($"What is event {place} by its key became event {sequence} when it was tried again.");
            _places[content] = sequence;
            if (!_assigned.TryAdd(sequence, content) && _assigned[sequence] != content) throw new ModelException($"Number {sequence} was given out twice.");
        }

        Durable(sequence);
    }

    /// <summary>D1: from now on all events up to this number must be there.</summary>
    public void Durable(long sequence)
    {
        lock (_lock) _acknowledged = Math.Max(_acknowledged, sequence);
    }

    /// <summary>What was told after a crash was told in a life that is no more.</summary>
    public void Crashed(long acknowledged)
    {
        lock (_lock)
        {
            _acknowledged = acknowledged;
            foreach (var (content, _) in _places.Where(place => place.Value > acknowledged).ToList()) _places.Remove(content);
        }
    }

    public void Unknown(long content)
    {
        lock (_lock) _floating.Add(content);
    }

    /// <summary>
    /// D1, D2, D5: what was read is exactly what is acknowledged and a prefix of what else was accepted, each event once and with its
    /// content. What is not there now never comes back.
    /// </summary>
    public void Check(IReadOnlyList<(long Sequence, long Content)> read)
    {
        lock (_lock)
        {
            var last = read is [] ? 0 : read[0].Sequence - 1; // removed
            var seen = new HashSet<long>();
            foreach (var (sequence, content) in read)
            {
                if (sequence != last + 1) throw new ModelException($"Event {sequence} follows event {last} (D2).");
                last = sequence;
                if (!seen.Add(content)) throw new ModelException($"Content {content} is there twice, now as event {sequence} (D2).");
                if (_keyed.Contains(content) && !_places.TryAdd(content, sequence) && _places[content] != sequence)
                    throw new ModelException($"Event {sequence} was written again: its key has event {_places[content]}.");
                if (_assigned.TryGetValue(sequence, out var known))
                {
                    if (known != content) throw new ModelException($"Event {sequence} is {content}, it was {known} (D5).");
                }
                else if (_floating.Remove(content)) _assigned[sequence] = content;
                else throw new ModelException($"Event {sequence} is {content}, which nobody appended there.");
            }

            if (last < _acknowledged) throw new ModelException($"The log ends with event {last}; event {_acknowledged} was acknowledged (D1).");
            foreach (var lost in _assigned.Keys.Where(sequence => sequence > last).ToList()) _assigned.Remove(lost);
            _floating.Clear();
            _acknowledged = last; // all that recovery kept stays
        }
    }
}

/// <summary>The program of a model test broke an invariant.</summary>
internal sealed class ModelException(string message) : Exception(message);
