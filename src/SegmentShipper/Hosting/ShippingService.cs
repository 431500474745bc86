using Microsoft.Extensions.Hosting;

namespace SegmentShipper.Hosting;

/// <summary>Ships from the host's start, when all logs are open, to its stop, when nothing else runs that could log.</summary>
internal sealed class ShippingService(Shippers shippers) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        shippers.Start();
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => shippers.StopAsync(cancellationToken);
}
