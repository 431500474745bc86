using DurableSink.Tooling.Terminal;
using SegmentShipper;

namespace DurableSink.Tooling.Shipping;

/// <summary>Ships a directory once or on and on, and shows how it gets on. True where a signal ended it.</summary>
internal sealed class ShippingRun(DirectoryShipper shipper, Interruption interruption, Surroundings world)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    /// <summary>After SIGTERM, for what the application sealed when it stopped.</summary>
    private static readonly TimeSpan LastPass = TimeSpan.FromSeconds(10);

    public bool Once()
    {
        var isEnded = false;
        new ProgressBar(world).Run("Shipping", (total, done) =>
        {
            var (most, told) = (0L, 0L);
            isEnded = IsEnded(shipper.ShipAsync(interruption.Token), () =>
            {
                var waiting = shipper.Status.UnshippedBytes;
                total(most = Math.Max(most, waiting)); // more may be sealed meanwhile
                done(most - waiting - told);
                told = most - waiting;
            });
        });
        return isEnded;
    }

    public bool Watch()
    {
        using var line = new StatusLine(world);
        IsEnded(shipper.RunAsync(interruption.Token), () => line.Show(ShippingText.OnTheWay(shipper.Status)));
        if (interruption.Exit != Exits.Terminated) return true;
        using var patience = new CancellationTokenSource(LastPass, world.Time);
        IsEnded(shipper.ShipAsync(patience.Token), () => line.Show(ShippingText.OnTheWay(shipper.Status)));
        return true;
    }

    private static bool IsEnded(Task shipping, Action glance)
    {
        while (Task.WaitAny([shipping], Glance) < 0) glance();
        if (shipping.IsCanceled) return true;
        shipping.GetAwaiter().GetResult();
        glance();
        return false;
    }
}
