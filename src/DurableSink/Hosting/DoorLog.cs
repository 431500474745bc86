using System.Text.Json.Serialization.Metadata;
using DurableSink.Diagnostics;
using DurableSink.Events;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DurableSink.Hosting;

/// <summary>
/// The log that a door borrows, opened when it is first needed: when the host starts or the first event comes, never while the container
/// is built (design-time tools build containers too).
/// </summary>
internal abstract class DoorLog<TOptions>(DurableLogPool pool, NoticeRelay notices, OptionsWatch<TOptions>? watch) : IDisposable, ILogDoor
    where TOptions : DurableLogOptions
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private volatile OpenedLog? _opened;
    private volatile Failure? _failure;
    private LogMetrics? _metrics;
    private long _lost;
    private int _lossReported;

    /// <summary>Events that were logged but could not be handed to the log.</summary>
    public long LostEvents => Interlocked.Read(ref _lost);

    string? ILogDoor.LogName => OptionsIfValid()?.LogName;

    DurableLog? ILogDoor.OpenLog => _opened?.Target.Log;

    Exception? ILogDoor.OpeningFailure => _failure?.Reason;

    /// <summary>Throws <see cref="OptionsValidationException"/> where they are not valid.</summary>
    protected abstract TOptions Options { get; }

    /// <summary>The open log; throws the reason when it cannot be opened, or <see cref="OptionsValidationException"/>.</summary>
    public OpenedLog Open()
    {
        lock (_gate)
        {
            try
            {
                _opened ??= OpenNow();
            }
            catch (Exception reason)
            {
                _failure = new Failure(reason, OptionsIfValid()); // the caller tells it: events that come now do not report it again
                throw;
            }
        }

        watch?.Start(Options, Notify); // outside the gate: it may call code that is not ours
        return _opened;
    }

    /// <summary>The log for a caller who is told; an attempt that failed is not repeated for a while.</summary>
    /// <exception cref="DurableLogException">It cannot be opened: nothing was accepted.</exception>
    public OpenedLog OpenForCaller()
    {
        if (_opened is null) TryOpen();
        if (_opened is { } opened) return opened;
        AddLost();
        throw CannotOpen();
    }

    /// <summary>
    /// The log for an event of the category; null when it cannot be opened, which is counted, reported once, and tried again after a
    /// while. Throws only where the category is told of failures.
    /// </summary>
    public OpenedLog? TryOpen(string category)
    {
        if (_opened is null) TryOpen();
        return _opened ?? Refuse(category);
    }

    /// <summary>Counts an event that is not in the log, and reports the first one.</summary>
    public void CountLost(string reason, Exception? cause)
    {
        AddLost();
        if (Interlocked.Exchange(ref _lossReported, 1) != 0) return;
        var because = cause is null ? "" : $" ({cause.Message})";
        Notify(new(LogLevel.Error, "EventLost", $"An event was lost in the logger: {reason}{because}. " +
            "Further ones are counted, and reported when the application ends.", cause));
    }

    public void Dispose()
    {
        watch?.Dispose();
        if (LostEvents > 0)
            Notify(new(LogLevel.Error, "EventsLost", $"{LostEvents} events were logged but did not reach the log."));
    }

    private void TryOpen()
    {
        if (_gate.IsHeldByCurrentThread) return; // the opening itself logs: that cannot be written

        // The first events wait for the opening. After a failure one of them tries again, and the others do not wait for it.
        var earlier = _failure;
        if (earlier is null) _gate.Enter();
        else if (!earlier.IsPast(RetryAfter) || !_gate.TryEnter()) return;

        try
        {
            if (_opened is not null || !ReferenceEquals(_failure, earlier)) return; // another one tried meanwhile
            _opened = OpenNow();
        }
        catch (Exception reason)
        {
            _failure = new Failure(reason, OptionsIfValid());
        }
        finally
        {
            _gate.Exit();
        }

        Report(earlier); // outside the gate: it calls code that is not ours
        if (_opened is not null) watch?.Start(Options, Notify);
    }

    /// <summary>The first failure, and the success after it; not each vain attempt.</summary>
    private void Report(Failure? earlier)
    {
        if (_opened is not null && earlier is not null)
        {
            Notify(new(LogLevel.Warning, "OpenedLate", $"The log is open after all; {LostEvents} events logged before were lost."));
        }
        else if (earlier is null && _failure is { } failure)
        {
            Notify(new(LogLevel.Critical, "OpenFailed", $"The log cannot be opened: {failure.Reason.Message} " +
                $"Events are lost until it can; it is tried again every {RetryAfter.TotalSeconds:0} s.", failure.Reason));
        }
    }

    private OpenedLog OpenNow()
    {
        var present = Options;
        var capture = new PropertyCapture(Contracts(present), unknown => Notify(new(LogLevel.Warning, "NoJsonContract",
            $"A value of type {unknown} was logged as {{@…}} and is written as text: TypeInfoResolver is not set, or does not know it.")));
        var target = pool.Open(present);
        Prepare(target, present);
        return new OpenedLog(target, present, capture, category => WaitsFrom(present, category), category => Tells(present, category));
    }

    /// <summary>Before the first event.</summary>
    protected virtual void Prepare(ILineTarget target, TOptions options)
    {
    }

    protected abstract IJsonTypeInfoResolver? Contracts(TOptions options);

    /// <summary>Events of the category from this level on are durable before the call returns.</summary>
    protected abstract LogLevel WaitsFrom(TOptions options, string category);

    /// <summary>Whether a log call of the category throws when its event is not in the log. The options are null where they are not valid.</summary>
    protected abstract bool Tells(TOptions? options, string category);

    private OpenedLog? Refuse(string category)
    {
        AddLost();
        if (_failure is { } failure && Tells(failure.Options, category)) throw CannotOpen();
        return null;
    }

    private DurableLogException CannotOpen() => _failure is { Reason: var reason }
        ? new($"The log cannot be opened: {reason.Message}", reason)
        : new("The log is being opened by this very thread: what is logged meanwhile cannot be written.");

    private void AddLost()
    {
        Interlocked.Increment(ref _lost);
        _metrics ??= OptionsIfValid() is { } present ? new(present.LogName!, present.Directory!, this) : new("", "", this);
        _metrics.Lose();
    }

    private void Notify(DurableNotice notice)
    {
        try
        {
            (OptionsIfValid()?.OnNotice ?? notices.Notify)(notice);
        }
        catch (Exception)
        {
            // As documented for OnNotice: an exception out of it is ignored.
        }
    }

    /// <summary>Null for options that are not valid, which is reported where the log is opened.</summary>
    protected TOptions? OptionsIfValid()
    {
        try
        {
            return Options;
        }
        catch (Exception)
        {
            return null;
        }
    }

    /// <summary>Why it failed, and under which options where these were valid.</summary>
    private sealed class Failure(Exception reason, TOptions? options)
    {
        private readonly TimeProvider _clock = options?.TimeProvider ?? TimeProvider.System;
        private readonly long _at = (options?.TimeProvider ?? TimeProvider.System).GetTimestamp();

        public Exception Reason => reason;

        public TOptions? Options => options;

        public bool IsPast(TimeSpan time) => _clock.GetElapsedTime(_at) >= time;
    }
}
