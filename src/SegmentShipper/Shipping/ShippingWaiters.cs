using SegmentShipper.Local;

namespace SegmentShipper.Shipping;

/// <summary>Who waits until an event is in the store. Thread-safe.</summary>
internal sealed class ShippingWaiters
{
    private readonly Lock _gate = new();
    private readonly List<Waiter> _all = [];
    private Exception? _end;

    /// <summary>Waits; cancellation ends only the wait.</summary>
    public async Task WaitAsync(long sequence, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(sequence);
        lock (_gate)
        {
            if (_end is { } end) throw end;
            _all.Add(waiter);
        }

        try
        {
            await waiter.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _all.Remove(waiter);
        }
    }

    public bool Any(Func<long, bool> which)
    {
        lock (_gate) return _all.Exists(waiter => which(waiter.Sequence));
    }

    /// <summary>Tells those whose event is in the store, or for whom it is lost.</summary>
    public void Tell(Snapshot now)
    {
        List<Waiter> some;
        lock (_gate) some = [.. _all];
        foreach (var waiter in some)
        {
            if (now.LossOf(waiter.Sequence) is { } why) waiter.Done.TrySetException(new NotShippedException(waiter.Sequence, why));
            else if (waiter.Sequence <= now.Through) waiter.Done.TrySetResult();
        }
    }

    /// <summary>Nobody ships any more.</summary>
    public void End(Exception why)
    {
        List<Waiter> some;
        lock (_gate)
        {
            _end ??= why;
            some = [.. _all];
        }

        foreach (var waiter in some) waiter.Done.TrySetException(why);
    }

    private sealed record Waiter(long Sequence)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
