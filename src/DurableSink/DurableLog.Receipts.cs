using DurableSink.Commit;
using DurableSink.Diagnostics;
using DurableSink.Segments;

namespace DurableSink;

/// <summary>For the door that hands out receipts.</summary>
public sealed partial class DurableLog
{
    private readonly Lock _keysGate = new();
    private volatile IdempotencyKeys? _keys;

    /// <summary>
    /// Appends a line as <see cref="AppendLine"/> does, and says its number; the task completes when it is durable, under every policy,
    /// with where it stands. What is not accepted is thrown; the task fails where the event is in doubt.
    /// </summary>
    internal ValueTask<EventPlace> AppendLineAsync(ReadOnlySpan<byte> body, long skipped, CancellationToken cancellationToken, out long sequence)
    {
        try
        {
            CheckLength(body.Length + skipped);
            var place = _commit.AppendForPlaceAsync(body, cancellationToken, out sequence);
            _drops.Accepted();
            return place;
        }
        catch (Exception failure) when (failure is DurableLogException or ObjectDisposedException)
        {
            _drops.Dropped(failure, told: true);
            throw;
        }
    }

    /// <summary>From now on idempotency keys are remembered: at most so many, for so long, those of the segments at hand among them. Once
    /// they are, nothing changes.</summary>
    /// <exception cref="DurableLogException">What the segments hold of them cannot be read.</exception>
    internal void RememberKeys(int most, TimeSpan age)
    {
        lock (_keysGate) _keys ??= new(new KeyedLog(this), most, age, _keyFiles.Load(most, age));
    }

    /// <summary>See <see cref="IdempotencyKeys.Write"/>. Only after <see cref="RememberKeys"/>.</summary>
    internal KeyedEvent AppendKeyed(string key, UInt128 content, DateTimeOffset time, ReadOnlySpan<byte> body) => _keys!.Write(key, content, time, body);

    private EventPlace Find(long sequence)
    {
        var found = new DurableLogReader(Directory, _storage).Read(LogPosition.FromSequence(sequence)).FirstOrDefault();
        if (found is not { Kind: LogRecordKind.Event } || found.Sequence != sequence || SegmentName.TryParse(found.Segment) is not { } name)
            throw new DurableLogException($"Event {sequence} is durable, but no longer in the log '{LogName}': there is no receipt for it.");
        return new(sequence, name.Id, LineTrailer.HashOf(found.Json.Span));
    }

    private sealed class KeyedLog(DurableLog log) : IKeyedLog
    {
        public string LogName => log.LogName;

        public DateTimeOffset Now => log.Options.TimeProvider.GetUtcNow();

        public LogMetrics Metrics => log._metrics;

        public long Durable => log.DurableSequence;

        public Task<EventPlace> Append(ReadOnlySpan<byte> body, out long sequence) => log.AppendLineAsync(body, 0, default, out sequence).AsTask();

        public Task FlushAsync() => log.FlushAsync().AsTask();

        public EventPlace Find(long sequence) => log.Find(sequence);

        public void Notify(DurableNotice notice) => log.Notify(notice);
    }
}
