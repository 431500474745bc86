using Microsoft.Extensions.Logging;
using SegmentShipper;

namespace DurableSink.PowerCut.Shipping;

/// <summary>Ships an open log to a directory that is on another drive. Whatever it has to tell an operator is trouble here, and ends it.</summary>
internal sealed class LogShipping : IAsyncDisposable
{
    private readonly NotedStore _store;
    private readonly DirectoryShipper _shipper;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _trouble = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _run;

    public LogShipping(DurableLog log, string target, AcknowledgementFile notes, PutAt answer)
    {
        _store = new(new DirectoryObjectStore(target), notes, answer);
        _shipper = DirectoryShipper.Open(log, _store, new()
        {
            ScanInterval = TimeSpan.FromMilliseconds(10),
            // A target that answers too early must be believed for the rig to have something to notice.
            Verify = answer == PutAt.Standing ? Verification.Head : Verification.PutChecksum,
            OnNotice = Tell,
        });
        _run = Task.Run(() => _shipper.RunAsync(_stop.Token));
    }

    /// <summary>Ends only with trouble.</summary>
    public Task Trouble => _trouble.Task;

    public async Task ShipAllAsync()
    {
        await StopAsync();
        await _shipper.ShipAllAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _shipper.Dispose();
        await _store.DisposeAsync();
        _stop.Dispose();
    }

    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Tell(DurableNotice notice)
    {
        Console.WriteLine($"{notice.Level} {notice.Name}: {notice.Message}");
        if (notice.Level >= LogLevel.Error) _trouble.TrySetException(new VerificationException($"the shipper says {notice.Name}: {notice.Message}"));
    }
}
