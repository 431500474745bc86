namespace DurableSink.Audit;

/// <summary>
/// What is written to audit logs within one piece of work, such as a request: awaited or not, by whatever code its execution context
/// reaches. Safe from any thread; once it has ended, what still runs in its context is no longer counted.
/// </summary>
internal sealed class AuditScope
{
    private static readonly AsyncLocal<AuditScope?> Ambient = new();

    private readonly Lock _gate = new();
    private List<(DurableLog Log, long Last)>? _accepted;
    private Exception? _failure;
    private Exception? _declined;
    private bool _hasAccepted;
    private bool _hasEnded;

    /// <summary>The one whose work the caller belongs to.</summary>
    public static AuditScope? Current => Ambient.Value;

    /// <summary>Whether an event of it was accepted: then, whatever failed since, some of it may stand in a log.</summary>
    public bool HasAccepted
    {
        get
        {
            lock (_gate) return _hasAccepted;
        }
    }

    /// <summary>Begins one, for the rest of the calling async method and what that calls.</summary>
    public static AuditScope Begin() => Ambient.Value = new AuditScope();

    /// <summary>An event was accepted, whether anybody waits for it or not.</summary>
    public void Accepted(DurableLog log, long sequence)
    {
        lock (_gate)
        {
            if (_hasEnded) return;
            _hasAccepted = true;
            _accepted ??= new(1);
            var known = _accepted.FindIndex(one => one.Log == log);
            if (known < 0) _accepted.Add((log, sequence));
            else if (_accepted[known].Last < sequence) _accepted[known] = (log, sequence);
        }
    }

    /// <summary>A log call of an audit log returned: its event is durable.</summary>
    public void Logged()
    {
        lock (_gate) _hasAccepted = true;
    }

    /// <summary>A log call failed whose event was accepted, or may have been.</summary>
    public void InDoubt(Exception failure)
    {
        lock (_gate) (_hasAccepted, _failure) = (true, _failure ?? failure);
    }

    /// <summary>An event was not accepted, and never will be durable.</summary>
    public void Refused(Exception failure)
    {
        lock (_gate)
        {
            if (failure is EventTooLargeException or IdempotencyConflictException or OperationCanceledException) _declined ??= failure;
            else _failure ??= failure;
        }
    }

    /// <summary>
    /// Completes when all events of it so far are durable: with null, else with why one of them is not. Under <paramref name="succeeds"/>
    /// that includes events which the log was right to decline (too large, under another event's key, or cancelled by whoever wrote them).
    /// </summary>
    public async ValueTask<Exception?> MakeDurableAsync(bool succeeds)
    {
        (DurableLog Log, long Last)[] accepted;
        lock (_gate)
        {
            if ((_failure ?? (succeeds ? _declined : null)) is { } failure) return failure;
            if (_accepted is null || _accepted.TrueForAll(static one => one.Log.DurableSequence >= one.Last)) return null; // D1: somebody has awaited them
            accepted = [.. _accepted];
        }

        foreach (var (log, last) in accepted)
        {
            if (log.DurableSequence >= last) continue;
            try
            {
                await log.FlushAsync().ConfigureAwait(false); // nobody's token: an answer is not sent because its client went away
            }
            catch (DurableLogException failure)
            {
                if (log.DurableSequence < last) return failure; // else it was about others' events
            }
        }

        return null;
    }

    /// <summary>From here on nothing counts: background work that the request began may run for long.</summary>
    public void End()
    {
        lock (_gate) (_hasEnded, _accepted) = (true, null);
    }
}
