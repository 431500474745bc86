using DurableSink;
using DurableSink.Segments;
using DurableSink.Storage;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using SegmentShipper.Configuration;
using SegmentShipper.Diagnostics;
using SegmentShipper.Digests;
using SegmentShipper.Local;
using SegmentShipper.Shipping;

namespace SegmentShipper;

/// <summary>
/// Ships the sealed segments of one log's directory: once, verified, and only then gone from the disk (D6). What it knows stands in file
/// names and objects alone: it can be ended at any moment, and whoever ships the directory next goes on. Members may be called from any
/// thread; only one call of <see cref="ShipAsync"/>, <see cref="ShipAllAsync"/> or <see cref="RunAsync"/> at a time.
/// </summary>
public sealed class DirectoryShipper : IDisposable
{
    private const int FailuresInARow = 3; // of a pass: then it is the store, and the rest waits too
    private const int PassPerParallel = 4; // a pass is short, so that what failed at its beginning is soon tried again

    private readonly ShippingOptions _options;
    private readonly ShippedDirectory _directory;
    private readonly LocalSegments _local;
    private readonly SegmentUpload _upload;
    private readonly DigestChain? _digests;
    private readonly DurableLog? _log;
    private readonly ShippingWaiters _waiters = new();
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly Dictionary<SegmentName, int> _failures = [];
    private readonly ResiliencePipeline<Pass> _retry;
    private readonly ShipperMetrics _metrics;
    private string? _lastFailure;

    private DirectoryShipper(ShippedDirectory directory, IObjectStore store, ShippingOptions options, DurableLog? log)
    {
        _options = options;
        _directory = directory;
        _log = log;
        var logId = LogIdentity.IdOf(directory.Files);
        var notes = options.Digests ? new DigestNotes(directory, Notify) : null;
        _digests = notes is null ? null : new DigestChain(directory, notes, store, options, Notify);
        _local = new LocalSegments(directory, options, notes, Notify);
        _upload = new SegmentUpload(directory, logId, store, options);
        _metrics = new ShipperMetrics(directory.Files.Path, store.Location, () => Status);
        _retry = new ResiliencePipelineBuilder<Pass> { TimeProvider = options.TimeProvider }.AddRetry(new RetryStrategyOptions<Pass>
        {
            ShouldHandle = static attempt => new(attempt.Outcome.Result is { IsVain: true }),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = options.RetryDelay,
            MaxDelay = options.MaxRetryDelay,
        }).Build();
    }

    /// <summary>The directory's full path.</summary>
    public string Directory => _directory.Files.Path;

    /// <summary>How shipping stands.</summary>
    public ShippingStatus Status => _local.Now.ToStatus(_options.TimeProvider.GetUtcNow(), Volatile.Read(ref _lastFailure));

    /// <summary>Begins to ship a directory, whoever writes it: from now on, and as long as the file <c>SHIP</c> is in it, only a shipper
    /// removes its segments.</summary>
    /// <param name="directory">A log's directory; it must exist.</param>
    /// <param name="store">Where to. The caller owns and disposes it, after the shipper.</param>
    /// <param name="options">Read once.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message lists each with its limit.</exception>
    /// <exception cref="DurableLogException">There is no such directory, it cannot be used, or another shipper has it.</exception>
    public static DirectoryShipper Open(string directory, IObjectStore store, ShippingOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        return OpenOn(LogStorage.ForThisPlatform(), directory, store, options ?? new(), null);
    }

    /// <summary>Begins to ship an open log of this process, which can then be asked to seal, or to take no more events. The shipper is to be
    /// disposed before the log.</summary>
    /// <inheritdoc cref="Open(string, IObjectStore, ShippingOptions?)"/>
    /// <param name="log">The log. The caller owns it.</param>
    /// <param name="store">Where to. The caller owns and disposes it, after the shipper.</param>
    /// <param name="options">Read once.</param>
    public static DirectoryShipper Open(DurableLog log, IObjectStore store, ShippingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(log);
        return OpenOn(LogStorage.ForThisPlatform(), log.Directory, store, options ?? new(), log);
    }

    internal static DirectoryShipper OpenOn(ILogStorage storage, string directory, IObjectStore store, ShippingOptions options, DurableLog? log)
    {
        ArgumentNullException.ThrowIfNull(store);
        options = options.Clone();
        var failures = ShippingOptionsValidator.Validate(options, hasLog: log is not null);
        if (failures.Count > 0) throw new ArgumentException(string.Join(" ", failures), nameof(options));
        var opened = ShippedDirectory.Open(directory, storage, options.TimeProvider, log is null ? static work => work() : log.RunOnDrive, log is null ? null : log.SegmentRemoved);
        try
        {
            var shipper = new DirectoryShipper(opened, store, options, log);
            shipper._metrics.Add();
            return shipper;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Ships what is sealed, and waits for nothing to be tried again. What failed is in the status, and was told as a notice.</summary>
    /// <returns>How it stands then: all is shipped where <see cref="ShippingStatus.UnshippedSegments"/> is 0.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<ShippingStatus> ShipAsync(CancellationToken cancellationToken = default)
    {
        Pass pass;
        do pass = await PassAsync(cancellationToken).ConfigureAwait(false);
        while (pass is { HasMore: true, IsVain: false });
        return Status;
    }

    /// <summary>Ships what is sealed, and tries again until all of it is shipped or set aside, and stands in a digest where there are any.</summary>
    /// <exception cref="OperationCanceledException">Cancelled: some is left.</exception>
    public async Task ShipAllAsync(CancellationToken cancellationToken = default)
    {
        Pass pass;
        do pass = await _retry.ExecuteAsync(token => PassAsync(token, isEnd: true), cancellationToken).ConfigureAwait(false);
        while (pass.HasMore || pass.Failed > 0);
    }

    /// <summary>Ships what is sealed and what comes to be, until cancelled.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task RunAsync(CancellationToken cancellationToken) => RunUntilAsync(cancellationToken, cancellationToken);

    /// <param name="ending">Ends it, once what is on its way has arrived.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    internal async Task RunUntilAsync(CancellationToken ending, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pass = await _retry.ExecuteAsync(_ => PassAsync(cancellationToken), ending).ConfigureAwait(false);
            if (!pass.HasMore && !IsSealWanted()) await WaitForWorkAsync(ending).ConfigureAwait(false);
            ending.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// Completes when the event is in the store, verified: it survives the loss of this machine. Where it stands in a segment that is being
    /// written and the log is open in this process, that segment is sealed for it; those who wait at the same time share one. Needs
    /// <see cref="RunAsync"/>.
    /// </summary>
    /// <param name="sequence">The event's number.</param>
    /// <param name="cancellationToken">Ends only the wait.</param>
    /// <exception cref="NotShippedException">Its segment was set aside or dropped.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The log has no such event yet.</exception>
    /// <exception cref="ObjectDisposedException">The shipper ended before.</exception>
    public Task WaitForShippedAsync(long sequence, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        if (_log is not null) ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, _log.LastSequence);
        var wait = _waiters.WaitAsync(sequence, cancellationToken);
        TellWaiters();
        Wake();
        return wait;
    }

    /// <summary>Lets go of the directory. Those who wait get <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        _metrics.Remove();
        _waiters.End(new ObjectDisposedException(nameof(DirectoryShipper), $"The shipper of '{Directory}' has ended."));
        _log?.Hold(null);
        _directory.Dispose();
    }

    /// <summary>One look at the directory, and one try for each of the segments whose turn it is.</summary>
    private async ValueTask<Pass> PassAsync(CancellationToken cancellationToken, bool isEnd = false)
    {
        var pass = new Pass();
        try
        {
            if (IsSealWanted()) await _log!.SealAsync(cancellationToken).ConfigureAwait(false);
            var waiting = _local.Look();
            HoldWhereFull();
            foreach (var gone in _failures.Keys.Except(waiting).ToList()) _failures.Remove(gone);
            var turn = Choose(waiting);
            pass.HasMore = turn.Count < waiting.Count;
            await Parallel.ForEachAsync(turn, new ParallelOptions { MaxDegreeOfParallelism = _options.Parallel, CancellationToken = cancellationToken },
                (name, token) => pass.FailedInARow >= FailuresInARow ? default : new(TryShipAsync(name, pass, token))).ConfigureAwait(false);
            _local.Settle();
            if (_digests is not null) await TryDigestAsync(_digests, isEnd && !pass.HasMore && pass.Failed == 0, pass, cancellationToken).ConfigureAwait(false);
            if (pass.Failed == 0) Recovered();
        }
        catch (DurableLogException failure)
        {
            pass.Fail();
            Failed("Drive", failure);
        }

        TellWaiters();
        return pass;
    }

    /// <summary>What never failed comes first, so that what fails again and again blocks nothing.</summary>
    private List<SegmentName> Choose(IReadOnlyList<SegmentName> waiting) =>
    [
        .. waiting.Where(name => !_failures.ContainsKey(name)).Take(PassPerParallel * _options.Parallel),
        .. waiting.Where(_failures.ContainsKey).OrderBy(name => _failures[name]).Take(_options.Parallel),
    ];

    private async Task TryShipAsync(SegmentName name, Pass pass, CancellationToken cancellationToken)
    {
        var started = _options.TimeProvider.GetTimestamp();
        try
        {
            var shipped = await _upload.ShipAsync(name, cancellationToken).ConfigureAwait(false);
            _local.Shipped(shipped);
            _metrics.Shipped(shipped.SentBytes, _options.TimeProvider.GetElapsedTime(started));
            pass.Succeed();
            TellWaiters();
        }
        catch (Exception refused) when (refused is SegmentFaultException or ForeignObjectException)
        {
            _metrics.Failed("SetAside");
            _local.Refuse(name, refused.Message);
            pass.Succeed(); // nothing that trying again would change
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested) // whatever a store throws: nobody dies of it
        {
            pass.Fail();
            lock (_failures) _failures[name] = _failures.GetValueOrDefault(name) + 1;
            Failed(KindOf(failure), failure);
        }
    }

    private async ValueTask TryDigestAsync(DigestChain digests, bool isEnd, Pass pass, CancellationToken cancellationToken)
    {
        try
        {
            await digests.WriteWhereDueAsync(isEnd, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            pass.Fail();
            Failed(KindOf(failure), failure);
        }
    }

    private static string KindOf(Exception failure) => failure switch
    {
        ObjectStoreException { Error: var error } => error.ToString(),
        DurableLogException => "Drive",
        _ => "Other",
    };

    private void TellWaiters() => _waiters.Tell(_local.Now);

    private bool IsSealWanted() => _log is not null && _waiters.Any(_local.Now.IsBeingWritten);

    private async Task WaitForWorkAsync(CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var scan = Task.Delay(_options.ScanInterval, _options.TimeProvider, ends.Token);
        var signal = _signal.WaitAsync(ends.Token);
        await Task.WhenAny(scan, signal).ConfigureAwait(false);
        await ends.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(scan, signal).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Wake()
    {
        lock (_signal)
        {
            if (_signal.CurrentCount == 0) _signal.Release();
        }
    }

    /// <summary>The segment that is being written counts as a full one.</summary>
    private void HoldWhereFull()
    {
        if (_log is null || _options.MaxUnshippedBytes is not { } most || _options.WhenUnshippedFull != UnshippedFullMode.StopAccepting) return;
        var status = Status;
        _log.Hold(status.UnshippedBytes + _log.Options.SegmentBytes <= most ? null
            : $"{status.UnshippedBytes} bytes of log '{_log.LogName}' wait to be shipped, and MaxUnshippedBytes is {most}: no more events are taken until there is room. " +
              $"Last failure: {status.LastFailure ?? "none"}");
    }

    private void Failed(string kind, Exception failure)
    {
        _metrics.Failed(kind);
        if (Interlocked.Exchange(ref _lastFailure, failure.Message) is null)
        {
            Notify(new(LogLevel.Error, "ShippingFails", $"Segments of '{Directory}' could not be shipped: {failure.Message} They stay on the disk, and it is tried " +
                "again until they are; further failures are counted.", failure));
        }
    }

    private void Recovered()
    {
        if (Interlocked.Exchange(ref _lastFailure, null) is not null)
            Notify(new(LogLevel.Warning, "ShippingRecovered", $"Segments of '{Directory}' are shipped again."));
    }

    private void Notify(DurableNotice notice)
    {
        try
        {
            _options.OnNotice?.Invoke(notice);
        }
        catch (Exception)
        {
            // As documented for OnNotice.
        }
    }
}
