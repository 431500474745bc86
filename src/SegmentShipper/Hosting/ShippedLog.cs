using System.Globalization;
using DurableSink;
using DurableSink.Configuration;
using Microsoft.Extensions.Logging;

namespace SegmentShipper.Hosting;

/// <summary>One log of the application on its way to one store, from the host's start to its stop.</summary>
internal sealed class ShippedLog(DurableLog log, IObjectStore store, SegmentShipperOptions options) : IAsyncDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource<DirectoryShipper> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _run = Task.CompletedTask;

    public DurableLog Log => log;

    public SegmentShipperOptions Options => options;

    /// <summary>Null while another shipper has the directory.</summary>
    public ShippingStatus? Status => Shipper?.Status;

    private DirectoryShipper? Shipper => _opened.Task.IsCompletedSuccessfully ? _opened.Task.Result : null;

    public void Start() => _run = Task.WhenAll(RunAsync(), ShipOthersAsync());

    public async Task WaitForShippedAsync(long sequence, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, log.LastSequence);
        var shipper = await _opened.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        await shipper.WaitForShippedAsync(sequence, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Seals what was logged, ships it within the time there is, and says what is left.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ShutdownTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var isDone = false;
        try
        {
            await log.SealAsync(either.Token).ConfigureAwait(false);
            await _ending.CancelAsync().ConfigureAwait(false); // what is on its way arrives
            await _run.WaitAsync(either.Token).ConfigureAwait(false);
            if (Shipper is { } shipper)
            {
                await shipper.ShipAllAsync(either.Token).ConfigureAwait(false);
                isDone = true;
            }
        }
        catch (OperationCanceledException)
        {
            // Out of time: told below.
        }
        catch (DurableLogException failure)
        {
            Notify(new(LogLevel.Error, "ShippingFails", $"The end of log '{log.LogName}' could not be shipped: {failure.Message}", failure));
        }

        await EndAsync().ConfigureAwait(false);
        if (isDone) return;
        var left = Status;
        Notify(new(LogLevel.Warning, "LeftUnshipped",
            $"The application stops with {left?.UnshippedSegments.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of"} segments " +
            $"({SizeText.Show(left?.UnshippedBytes ?? 0)}) of log '{log.LogName}' in '{log.Directory}' that are not shipped, after a ShutdownTimeout of " +
            $"{DurationText.Show(options.ShutdownTimeout)} or the host's own. The next start ships them, or whoever ships this directory. " +
            $"Last failure: {left?.LastFailure ?? "none"}"));
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        if (Shipper is { } shipper) shipper.Dispose();
        else _opened.TrySetException(new ObjectDisposedException(nameof(ISegmentShipper), "The application has stopped."));
        _ = _opened.Task.Exception; // nobody may have waited
        _ending.Dispose();
        _end.Dispose();
    }

    private async Task EndAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _end.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        await Task.Yield(); // a start does not wait for a drive
        try
        {
            var shipper = await OpenAsync(_ending.Token).ConfigureAwait(false);
            await shipper.RunUntilAsync(_ending.Token, _end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task ShipOthersAsync()
    {
        await Task.Yield();
        try
        {
            await new OtherInstances(log, store, options, Notify).RunAsync(_ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Notify(new(LogLevel.Error, "InstanceNotShipped", $"What other instances left beside '{log.Directory}' is not shipped: {failure.Message}", failure));
        }
    }

    /// <summary>Another process may ship the directory at present: an instance that is still stopping, or a program beside us.</summary>
    private async Task<DirectoryShipper> OpenAsync(CancellationToken ending)
    {
        for (var isTold = false; ; isTold = true)
        {
            try
            {
                var shipper = DirectoryShipper.Open(log, store, options);
                _opened.SetResult(shipper);
                return shipper;
            }
            catch (DurableLogException failure)
            {
                if (!isTold)
                    Notify(new(LogLevel.Error, "ShipperWaits", $"Log '{log.LogName}' is not shipped at present, and it is tried again: {failure.Message}", failure));
                await Task.Delay(options.MaxRetryDelay < LongestWait ? options.MaxRetryDelay : LongestWait, options.TimeProvider, ending).ConfigureAwait(false);
            }
        }
    }

    private void Notify(DurableNotice notice)
    {
        try
        {
            options.OnNotice?.Invoke(notice);
        }
        catch (Exception)
        {
            // As documented for OnNotice.
        }
    }
}
