using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DurableSink.Hosting;

/// <summary>Opens a door's logs when the host starts, before any other service does: one that cannot be opened stops the start.</summary>
internal abstract class OpeningService(NoticeRelay notices, ILoggerFactory loggers) : IHostedLifecycleService
{
    protected abstract void Open();

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        notices.Attach(loggers);
        Open();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
