namespace DurableSink.Commit;

/// <summary>
/// Which of the events in the buffers of earlier runs follow the log as it is: numbers go on without a gap, and the run that wrote them had
/// the log's last event before them. (A run in between that did not see the buffers may have used the same numbers.)
/// </summary>
internal sealed class KeptRestore
{
    private readonly List<Run> _runs;
    private long _last;
    private ulong _hash;

    public KeptRestore(IEnumerable<IReadOnlyList<KeptBuffer>> left, (long Sequence, ulong Hash) last)
    {
        (_last, _hash) = last;
        _runs = [.. left.Select(buffers => new Run(buffers, last.Sequence))];
    }

    /// <summary>Events in the buffers beyond the log's last that do not follow it.</summary>
    public long Refused => _runs.Sum(run => run.CountBeyond(_last));

    /// <summary>Appends what follows, in order; returns how many.</summary>
    public long AppendTo(Func<ReadOnlyMemory<byte>, long> append)
    {
        var before = _last;
        while (_runs.Exists(run => run.Follows(_last, _hash) && run.Has(_last + 1)))
        {
            var run = _runs.Find(run => run.Follows(_last, _hash) && run.Has(_last + 1))!;
            while (run.TryBody(_last + 1, out var body))
            {
                var sequence = append(body.ToArray());
                if (sequence != _last + 1) throw new DurableLogException($"Event {_last + 1} of an earlier run became event {sequence}: its memory stays for another try.");
                (_last, _hash) = (sequence, KeptBuffer.HashOfBody(body));
            }
        }

        return _last - before;
    }

    private sealed class Run(IReadOnlyList<KeptBuffer> buffers, long last)
    {
        private readonly List<KeptEvents> _events = [.. buffers.Select(buffer => new KeptEvents(buffer, last))];

        public bool Has(long sequence) => _events.Exists(events => events.Has(sequence));

        public bool Follows(long sequence, ulong hash) => buffers.Any(buffer => buffer.Released == (sequence, hash)) ||
            (TryBody(sequence, out var body) && KeptBuffer.HashOfBody(body) == hash);

        public bool TryBody(long sequence, out ReadOnlySpan<byte> body)
        {
            body = _events.Find(events => events.Has(sequence)) is { } found ? found.Body(sequence) : default;
            return !body.IsEmpty;
        }

        public long CountBeyond(long sequence) => _events.SelectMany(events => events.Sequences).Where(known => known > sequence).Distinct().LongCount();
    }
}
