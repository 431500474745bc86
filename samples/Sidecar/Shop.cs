using DurableSink;

namespace Sidecar;

/// <summary>Takes so many orders as <c>Orders</c> says (none: until it is stopped), then stops the application.</summary>
internal sealed class Shop(IAuditLog audit, IConfiguration configuration, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <summary>How many orders are durable. Read it after the host has stopped.</summary>
    public static int Acknowledged { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        var wanted = configuration.GetValue("Orders", int.MaxValue);
        while (Acknowledged < wanted && !stopping.IsCancellationRequested)
        {
            await audit.WriteAsync("Order {OrderId} placed: {Count} x {Sku}", [Guid.CreateVersion7(), Random.Shared.Next(1, 10), "sku-7"], CancellationToken.None);
            Acknowledged++;
        }

        lifetime.StopApplication();
    }
}
