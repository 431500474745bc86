using DurableSink.Diagnostics;
using DurableSink.Segments;
using Microsoft.Extensions.Logging;

namespace DurableSink.Commit;

/// <summary>
/// The idempotency keys that a log remembers, and what became of each one's event: a second write with a key waits for the first, or gets
/// where it stands, and writes nothing. Bounded by count and age; a key is never forgotten while its event is not durable. May be used from
/// any thread.
/// </summary>
internal sealed class IdempotencyKeys
{
    private readonly IKeyedLog _log;
    private readonly int _most;
    private readonly TimeSpan _age;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, KeyedEvent> _byKey = new(StringComparer.Ordinal);
    private readonly Queue<KeyedEvent> _oldestFirst = new();
    private bool _isForgettingTold;

    public IdempotencyKeys(IKeyedLog log, int most, TimeSpan age, IReadOnlyList<(KeyedLine Line, DateTimeOffset Since)> known)
    {
        (_log, _most, _age) = (log, most, age);
        foreach (var (line, since) in known)
        {
            var e = new KeyedEvent(line.Key);
            e.Accepted(line.Place.Sequence, line.Content, line.Time, since, Task.FromResult(line.Place));
            _byKey[line.Key] = e; // of a key that was forgotten and written again, the later one
            _oldestFirst.Enqueue(e);
        }
    }

    /// <summary>
    /// Appends the event, unless one with its key and content is remembered; the task of the event returned completes when that is durable.
    /// It waits for room as an append does.
    /// </summary>
    /// <exception cref="IdempotencyConflictException">An event with this key and another content was accepted before.</exception>
    /// <exception cref="DurableLogException">Not accepted.</exception>
    /// <exception cref="ObjectDisposedException">Not accepted: the log is closed.</exception>
    public KeyedEvent Write(string key, UInt128 content, DateTimeOffset time, ReadOnlySpan<byte> body)
    {
        while (true)
        {
            var e = FindOrAdd(key);
            lock (e) // a concurrent second write waits here until the first is accepted
            {
                if (e.IsGone) continue;
                if (e.Sequence == 0) Append(e, content, time, body);
                else if (e.Content != content) throw new IdempotencyConflictException(key, e.Sequence);
                else if (e.Durable.IsFaulted) e.Durable = WaitAgain(e.Sequence);
                return e;
            }
        }
    }

    private KeyedEvent FindOrAdd(string key)
    {
        lock (_gate)
        {
            if (_byKey.TryGetValue(key, out var known)) return known;
            ForgetOldest(_log.Now);
            return _byKey[key] = new(key);
        }
    }

    private void Append(KeyedEvent e, UInt128 content, DateTimeOffset time, ReadOnlySpan<byte> body)
    {
        try
        {
            var durable = _log.Append(body, out var sequence);
            e.Accepted(sequence, content, time, _log.Now, durable);
            lock (_gate) _oldestFirst.Enqueue(e);
        }
        catch // not accepted: the key is as free as before
        {
            e.IsGone = true;
            lock (_gate) _byKey.Remove(e.Key);
            throw;
        }
    }

    /// <summary>Who waited for the event was told that it is in doubt; the log kept it, and it may be durable by now.</summary>
    private async Task<EventPlace> WaitAgain(long sequence)
    {
        try
        {
            await _log.FlushAsync().ConfigureAwait(false);
            return _log.Find(sequence);
        }
        catch (DurableLogException e)
        {
            throw new DurableLogException(e.Message, e) { Sequence = sequence };
        }
    }

    private void ForgetOldest(DateTimeOffset now)
    {
        while (_oldestFirst.TryPeek(out var oldest) && oldest.Sequence <= _log.Durable)
        {
            var isOld = oldest.Since + _age <= now;
            if (!isOld && _byKey.Count < _most) return;
            _oldestFirst.Dequeue();
            if (!_byKey.TryGetValue(oldest.Key, out var present) || present != oldest) continue;
            _byKey.Remove(oldest.Key);
            if (!isOld) ForgottenEarly(now - oldest.Since);
        }
    }

    private void ForgottenEarly(TimeSpan after)
    {
        _log.Metrics.ForgetKey();
        if (_isForgettingTold) return;
        _isForgettingTold = true;
        _log.Notify(new(LogLevel.Warning, "KeysForgotten",
            $"Log '{_log.LogName}' remembers {_most} idempotency keys and has forgotten one {after.TotalSeconds:0} s after its event, before IdempotencyAge ({_age}): " +
            "a write that is tried again later would stand in the log twice. Raise IdempotencyKeys, or lower IdempotencyAge to what retries need. Told once; further ones are counted."));
    }
}

/// <summary>What the keys need of their log.</summary>
internal interface IKeyedLog
{
    string LogName { get; }

    DateTimeOffset Now { get; }

    LogMetrics Metrics { get; }

    /// <summary>See <see cref="GroupCommit.Durable"/>.</summary>
    long Durable { get; }

    /// <summary>Accepts an event, and gives it a number; throws where it is not accepted.</summary>
    Task<EventPlace> Append(ReadOnlySpan<byte> body, out long sequence);

    Task FlushAsync();

    /// <summary>Where a durable event stands, read from the log.</summary>
    EventPlace Find(long sequence);

    void Notify(DurableNotice notice);
}

/// <summary>An event that was written with a key. Its members change under its lock.</summary>
internal sealed class KeyedEvent(string key)
{
    public string Key => key;

    /// <summary>0 until it is accepted.</summary>
    public long Sequence { get; private set; }

    public UInt128 Content { get; private set; }

    /// <summary>Its <c>@t</c>.</summary>
    public DateTimeOffset Time { get; private set; }

    /// <summary>From when its age counts.</summary>
    public DateTimeOffset Since { get; private set; }

    /// <summary>Completes when it is durable; fails where that is in doubt.</summary>
    public Task<EventPlace> Durable { get; set; } = Task.FromResult(default(EventPlace));

    /// <summary>It was not accepted, and the key is free again.</summary>
    public bool IsGone { get; set; }

    public void Accepted(long sequence, UInt128 content, DateTimeOffset time, DateTimeOffset since, Task<EventPlace> durable) =>
        (Sequence, Content, Time, Since, Durable) = (sequence, content, time, since, durable);
}
