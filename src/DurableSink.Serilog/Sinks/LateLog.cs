using DurableSink.Diagnostics;
using Microsoft.Extensions.Logging;

namespace DurableSink.Sinks;

/// <summary>
/// The log of a sink that must not fail: opened by the first event, not when the logger is configured (that happens while a host's
/// container is built, which design-time tools do too). What it cannot take is counted, and reported once.
/// </summary>
internal sealed class LateLog(DurableSerilogOptions options, SharedLogs logs) : IDisposable, IAsyncDisposable
{
    internal static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly LogMetrics _metrics = new(options.LogName!, options.Directory!, options);
    private volatile BorrowedLog? _opened;
    private volatile Failure? _failure;
    private bool _isClosed;
    private int _isLossTold;
    private long _lost;

    /// <summary>Events that came and could not be handed to the log.</summary>
    public long LostEvents => Interlocked.Read(ref _lost);

    /// <summary>The open log; null when it cannot be opened, which is counted, reported once, and tried again after a while.</summary>
    public DurableLog? TryOpen()
    {
        if ((_opened ?? OpenIfDue()) is { } opened) return opened.Log;
        Count();
        return null;
    }

    /// <summary>Counts an event that is not in the log, and reports the first one.</summary>
    public void CountLost(Exception cause)
    {
        Count();
        if (Interlocked.Exchange(ref _isLossTold, 1) != 0) return;
        Telling.Notify(options, new(LogLevel.Error, "EventLost",
            $"An event was lost in the sink: {cause.Message} Further ones are counted, and reported when the logger is closed.", cause));
    }

    public void Dispose()
    {
        Close()?.Dispose();
        TellLost();
    }

    public async ValueTask DisposeAsync()
    {
        if (Close() is { } opened) await opened.DisposeAsync().ConfigureAwait(false);
        TellLost();
    }

    /// <summary>The first events wait for the opening. After a failure one of them tries again, and the others do not wait for it.</summary>
    private BorrowedLog? OpenIfDue()
    {
        if (_gate.IsHeldByCurrentThread) return null; // the opening itself logs: that cannot be written
        var earlier = _failure;
        if (earlier is null) _gate.Enter();
        else if (options.TimeProvider.GetElapsedTime(earlier.At) < RetryAfter || !_gate.TryEnter()) return null;

        DurableNotice? notice = null;
        try
        {
            if (_opened is not null || _isClosed || !ReferenceEquals(_failure, earlier)) return _opened; // another one was here meanwhile
            _opened = logs.Borrow(options);
            if (earlier is not null)
                notice = new(LogLevel.Warning, "OpenedLate", $"The log is open after all; {LostEvents} events logged before were lost.");
        }
        catch (Exception reason)
        {
            if (earlier is null)
            {
                notice = new(LogLevel.Critical, "OpenFailed", $"The log cannot be opened: {reason.Message} " +
                    $"Events are lost until it can; it is tried again every {RetryAfter.TotalSeconds:0} s.", reason);
            }

            _failure = new Failure(options.TimeProvider.GetTimestamp());
        }
        finally
        {
            _gate.Exit();
        }

        if (notice is not null) Telling.Notify(options, notice); // outside the gate: it calls code that is not ours
        return _opened;
    }

    private BorrowedLog? Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            return _opened;
        }
    }

    private void Count()
    {
        Interlocked.Increment(ref _lost);
        _metrics.Lose();
    }

    private void TellLost()
    {
        if (LostEvents > 0)
            Telling.Notify(options, new(LogLevel.Error, "EventsLost", $"{LostEvents} events were logged but did not reach the log."));
    }

    private sealed record Failure(long At);
}
