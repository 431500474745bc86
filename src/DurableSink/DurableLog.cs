using System.Reflection;
using DurableSink.Commit;
using DurableSink.Configuration;
using DurableSink.Diagnostics;
using DurableSink.Events;
using DurableSink.Segments;
using DurableSink.Storage;
using Microsoft.Extensions.Logging;

namespace DurableSink;

/// <summary>
/// A durable, append-only log of structured events in one directory: plain NDJSON (CLEF) segments that are sealed by durable rename.
/// All members may be used from any thread. One process writes a directory (D8); any number may read it
/// (<see cref="DurableLogReader"/>).
/// </summary>
/// <remarks>
/// An exception out of a method that waits for durability means <i>in doubt</i>: the event may still stand in the log, now or later.
/// The host process never ends because of the log.
/// </remarks>
public sealed partial class DurableLog : IDisposable, IAsyncDisposable
{
    private readonly LogDirectory _directory;
    private readonly SegmentKeeper _keeper;
    private readonly SegmentWriter _writer;
    private readonly GroupCommit _commit;
    private readonly DriveWatch _watch;
    private readonly KeptBuffers _kept;
    private readonly (long Sequence, ulong Hash) _lastEvent; // when it was opened
    private readonly Notices _notices;
    private readonly LogMetrics _metrics;
    private readonly DropReport _drops;
    private readonly KeyFiles _keyFiles;
    private readonly ILogStorage _storage;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DriveGate _gate;
    private int _isDisposed;

    private DurableLog(DurableLogOptions options, ILogStorage storage, LogDirectory directory, Notices notices, SealKey? key)
    {
        Options = options;
        _storage = storage;
        _directory = directory;
        _notices = notices;
        var files = directory.Files;
        var identity = LogIdentity.ReadOrCreate(files, options.LogName!, options.TimeProvider);
        var recovered = new Recovery(files, identity, options.TailBlock, options.TimeProvider, key).Run();
        RecoveryReport = recovered.Report;
        LogId = identity.LogId;
        _metrics = new LogMetrics(identity.LogName, files.Path, options);
        _metrics.Recovered(RecoveryReport);
        _drops = new DropReport(_metrics, Notify);

        var gate = _gate = new DriveGate(options.TimeProvider);
        var mode = SegmentRoom.Choose(options.Preallocation, options.Fsync, files.WritesInPlace);
        var room = new SegmentRoom(gate, mode, options.SegmentBytes);
        var shelf = new SpareShelf(files, gate, room, identity.LogName, () => directory.Restore(identity, Notify), Notify);
        var retention = new SegmentRetention(files, gate, options, Notify);
        _keyFiles = new KeyFiles(files, LogId, gate, options.TimeProvider, Notify);
        _keeper = new SegmentKeeper(
            files, gate, recovered.Chain, room, shelf, retention, _keyFiles, identity, recovered.SealedSegments, options.TailBlock, options.TimeProvider, Notify);
        _writer = new SegmentWriter(files, gate, _keeper);
        _kept = new KeptBuffers(storage, files, options, LogId, Notify);
        _lastEvent = _kept.NeedsLastEvent ? ReadLastEvent(Directory, storage, recovered.NextSequence - 1) : default;
        _commit = new GroupCommit(options, new CommitBuffer(options, LogId, recovered, _kept, _lastEvent), _writer, _metrics, Notify);
        _watch = new DriveWatch(gate, identity.LogName, options.FlushTimeout, _metrics, Notify, _commit.GiveUpWaiting);
        IsDirectIO = shelf.PrepareFirst(recovered.Chain.Last);
        _keeper.Start();
        _commit.Start();
        _watch.Start();
        LogMeter.Add(_metrics, State);
    }

    /// <summary>Full path of the directory in use: where <see cref="LockedMode.Instance"/> chose one of its own, that one.</summary>
    public string Directory => _directory.Files.Path;

    /// <summary>The log's name.</summary>
    public string LogName => Options.LogName!;

    /// <summary>The log's random 128-bit id in 32 hexadecimal digits, made once with the directory.</summary>
    public string LogId { get; }

    /// <summary>Whether segments bypass the page cache (D10).</summary>
    public bool IsDirectIO { get; }

    /// <summary>The number of the last event that was accepted; 0 for an empty log. Numbers begin with 1 and have no gaps, except
    /// after damage (<see cref="RecoveryReport.Missing"/>).</summary>
    public long LastSequence => _commit.LastAccepted;

    /// <summary>All events up to this number are durable (D1).</summary>
    public long DurableSequence => _commit.Durable;

    /// <summary>What opening found, and what it did about it.</summary>
    public RecoveryReport RecoveryReport { get; private set; }

    /// <summary>Longest line body that <see cref="AppendLine"/> takes.</summary>
    internal int MaxBodyBytes => Options.MaxEventBytes - LineTrailer.MaxLength;

    /// <summary>See <see cref="GroupCommit.IsKnownToFail"/>.</summary>
    internal bool IsKnownToFail() => _commit.IsKnownToFail();

    internal DurableLogOptions Options { get; }

    /// <summary>A container disposes what its factories return as soon as it comes to it; a log that its pool owns closes after all who
    /// log, when the pool closes it.</summary>
    internal bool IsPooled { get; set; }

    /// <summary>
    /// Opens a log, and creates it where there is none. Before it returns, what a crash left is recovered: every event that was ever
    /// acknowledged is in a sealed segment (D5).
    /// </summary>
    /// <param name="options">Read once; later changes have no effect.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message lists each with its limit.</exception>
    /// <exception cref="DurableLogLockedException">Another process holds the directory, and <see cref="DurableLogOptions.WhenLocked"/>
    /// is <see cref="LockedMode.Fail"/>.</exception>
    /// <exception cref="DurableLogException">The directory cannot be used, holds another log, or has a newer format; or
    /// <see cref="DurableLogOptions.SealKeyFile"/> cannot be read, or holds no such key.</exception>
    public static DurableLog Open(DurableLogOptions options)
    {
        var log = OpenOn(LogStorage.ForThisPlatform(), options);
        RecoveryEvent.Append(log);
        return log;
    }

    internal static DurableLog OpenOn(ILogStorage storage, DurableLogOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options.Clone();
        options.LogName ??= DurableLogOptionsValidator.ToLogName(Assembly.GetEntryAssembly()?.GetName().Name ?? "app");
        options.Directory = Path.GetFullPath(options.Directory ?? Path.Combine("logs", options.LogName));
        var failures = DurableLogOptionsValidator.Validate(options);
        if (failures.Count > 0) throw new ArgumentException(string.Join(" ", failures), nameof(options));

        var key = options.SealKeyFile is { } file ? SealKey.ReadPrivate(file, nameof(options.SealKeyFile)) : null;
        var notices = new Notices(options);
        var directory = LogDirectory.Open(options, storage, notices.Tell);
        try
        {
            return WithAccepted(new DurableLog(options, storage, directory, notices, key));
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Appends an event. Under <see cref="FsyncPolicy.Always"/> it is durable when the method returns; under Batch and Os it is
    /// accepted: it becomes durable within the window, or with the next flush.
    /// </summary>
    /// <returns>The event's sequence number.</returns>
    /// <exception cref="EventTooLargeException">Its line would be longer than <see cref="DurableLogOptions.MaxEventBytes"/>.</exception>
    /// <exception cref="DurableLogFullException">The buffer stayed full; the event was not accepted.</exception>
    /// <exception cref="DurableLogException">Under Always: the event is in doubt.</exception>
    /// <exception cref="ObjectDisposedException">The log is closed.</exception>
    public long Append(in DurableEvent e)
    {
        var line = Format(e);
        try
        {
            return AppendLine(line.Bytes, Options.Fsync == FsyncPolicy.Always, told: true, line.WholeLength - line.Length);
        }
        finally
        {
            EventLine.Return(line);
        }
    }

    /// <summary>
    /// Appends an event; the task completes with its sequence number when it is durable, under every policy. Concurrent callers share
    /// one flush. The call itself may wait for room in the buffer, at most <see cref="DurableLogOptions.BlockTimeout"/>.
    /// </summary>
    /// <param name="e">The event.</param>
    /// <param name="cancellationToken">Ends only the wait: the event stays accepted (<see cref="DurableOutcomeUnknownException"/>).
    /// A token that is cancelled already keeps the event out.</param>
    /// <exception cref="EventTooLargeException">Its line would be longer than <see cref="DurableLogOptions.MaxEventBytes"/>.</exception>
    /// <exception cref="DurableLogFullException">The buffer stayed full; the event was not accepted.</exception>
    /// <exception cref="DurableLogException">The event is in doubt.</exception>
    /// <exception cref="ObjectDisposedException">The log is closed.</exception>
    public ValueTask<long> AppendAsync(in DurableEvent e, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<long>(cancellationToken);
        try
        {
            var line = Format(e);
            try
            {
                CheckLength(line.WholeLength);
                return _commit.AppendAsync(line.Bytes, cancellationToken);
            }
            finally
            {
                EventLine.Return(line);
            }
        }
        catch (Exception failure) when (failure is DurableLogException or ObjectDisposedException)
        {
            _drops.Dropped(failure, told: true);
            return ValueTask.FromException<long>(failure);
        }
    }

    /// <summary>Returns when all events accepted before the call are durable, under every policy.</summary>
    /// <exception cref="DurableLogException">They are in doubt.</exception>
    public void Flush() => _commit.Flush();

    /// <summary>Completes when all events accepted before the call are durable, under every policy.</summary>
    /// <param name="cancellationToken">Ends only the wait (<see cref="DurableOutcomeUnknownException"/>).</param>
    /// <exception cref="DurableLogException">They are in doubt.</exception>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => cancellationToken.IsCancellationRequested
        ? ValueTask.FromCanceled(cancellationToken)
        : _commit.FlushAsync(cancellationToken);

    /// <summary>
    /// Seals the present segment; completes when it is finished and its sealed name is durable (D4). Without events in it there is
    /// nothing to seal. The next event begins a new segment.
    /// </summary>
    /// <param name="cancellationToken">Ends only the wait.</param>
    /// <exception cref="DurableLogException">The segment could not be sealed; its events are durable nevertheless, or the exception
    /// says that they are in doubt. The next opening seals it.</exception>
    public async ValueTask SealAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var plan = _commit.EndSegment();
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        while (plan != null)
        {
            await Task.WhenAny(plan.Sealed.Task, _closed.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!plan.Sealed.Task.IsCompleted)
                throw new DurableLogException($"Log '{LogName}' was closed before segment '{plan.Name.Active}' was sealed; the next opening seals it.");
            await plan.Sealed.Task.ConfigureAwait(false);
            plan = plan.SupersededBy; // D3: its events were written again there
            if (plan != null) _commit.EndSegment();
        }
    }

    /// <summary>Makes all accepted events durable, seals the segment and lets go of the directory, within
    /// <see cref="DurableLogOptions.ShutdownTimeout"/>; what is lost is reported as a notice. Any call returns when that is done.</summary>
    public void Dispose()
    {
        if (IsPooled) return;
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            if (!Telling.IsBy(Options)) _closed.Task.Wait(); // within one of its own notices it would wait for itself
            return;
        }

        try
        {
            Close();
        }
        finally
        {
            _closed.SetResult();
        }
    }

    /// <summary>As <see cref="Dispose"/>, without blocking the caller's thread.</summary>
    public ValueTask DisposeAsync()
    {
        if (IsPooled) return default;
        if (Volatile.Read(ref _isDisposed) != 0) return Telling.IsBy(Options) ? default : new(_closed.Task);
        return new(OwnThread.Run($"DurableSink close {LogName}", Dispose));
    }

    /// <summary>
    /// For the doors: appends the line whose object is <paramref name="body"/>, without its closing brace. With
    /// <paramref name="waitDurable"/> it is durable on return. Where the caller is not <paramref name="told"/>, a failure is counted and
    /// reported once, nothing is thrown, and 0 stands for an event that was dropped or is in doubt. A body of which <paramref name="skipped"/>
    /// bytes were not even formatted is too large.
    /// </summary>
    internal long AppendLine(ReadOnlySpan<byte> body, bool waitDurable, bool told, long skipped = 0)
    {
        try
        {
            CheckLength(body.Length + skipped);
            var givesUp = waitDurable && !told && IsKnownToFail();
            var sequence = _commit.Append(body, waitDurable && !givesUp);
            _drops.Accepted();
            return givesUp ? 0 : sequence;
        }
        catch (Exception e) when (e is DurableLogFullException or EventTooLargeException or ObjectDisposedException)
        {
            _drops.Dropped(e, told);
            if (told) throw;
            return 0;
        }
        catch (DurableLogException) when (!told)
        {
            return 0; // in doubt: counted and reported by the commit
        }
    }

    internal void Notify(DurableNotice notice) => _notices.Tell(notice);

    /// <summary>Looks again what is due: for a clock that a test moves.</summary>
    internal void Nudge() => _commit.Nudge();

    internal LogState State()
    {
        var (waiters, bytes) = _commit.Load;
        var (waiting, sealedSegments) = _keeper.Count;
        return new(waiters, bytes, LastSequence, DurableSequence, IsDirectIO, waiting + _writer.ActiveSegments, sealedSegments);
    }

    private void Close()
    {
        LogMeter.Remove(_metrics);
        var started = Options.TimeProvider.GetTimestamp();
        var (lost, hasEnded) = _commit.Close(Options.ShutdownTimeout);
        if (lost > 0)
        {
            Notify(new(LogLevel.Critical, "ClosedWithLoss",
                $"Log '{LogName}' in '{Directory}' was closed with {lost} accepted events ({DurableSequence + 1} to {LastSequence}) that could not be made " +
                $"durable within the ShutdownTimeout of {Options.ShutdownTimeout}. {_commit.LastFailure?.Message}"));
        }

        _drops.Closed();
        _watch.Stop();
        var left = Options.ShutdownTimeout - Options.TimeProvider.GetElapsedTime(started);
        if (!_keeper.Stop(left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(100)) || !hasEnded)
        {
            // A thread that hangs in the drive still uses the files and the lock; the process's end lets go of them.
            Notify(new(LogLevel.Warning, "ClosedUnsealed",
                $"Log '{LogName}' in '{Directory}' was closed before its last segment was sealed; the next opening seals it."));
            return;
        }

        _writer.Close();
        _kept.Dispose();
        _directory.Dispose();
    }

    private EventLine Format(in DurableEvent e)
    {
        if (e.MessageTemplate is null) throw new ArgumentException("The event has no message template: make it with new DurableEvent(template).", nameof(e));
        var line = EventLine.Rent(MaxBodyBytes); // what cannot fit is counted, not formatted
        ClefWriter.Write(line, in e, Options.TimeProvider.GetUtcNow());
        return line;
    }

    private void CheckLength(long bodyLength)
    {
        ThrowIfHeld();
        if (bodyLength > MaxBodyBytes) throw new EventTooLargeException(bodyLength + LineTrailer.MaxLength, Options.MaxEventBytes);
    }
}
