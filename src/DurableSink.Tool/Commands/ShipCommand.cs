using System.CommandLine;
using DurableSink.Tooling.Reading;
using DurableSink.Tooling.Shipping;
using DurableSink.Tooling.Terminal;
using Microsoft.Extensions.Logging;
using SegmentShipper;

namespace DurableSink.Tooling.Commands;

/// <summary><c>ship DIR --to TARGET</c>: the shipper beside the application.</summary>
internal static class ShipCommand
{
    private static readonly TimeSpan NextLook = TimeSpan.FromSeconds(1);

    public static Command Create(Surroundings world)
    {
        var directory = Arguments.Directory();
        var to = Arguments.Option("--to", "TARGET", $"Where to: {Target.Forms}", Target.Parse);
        to.Required = true;
        var server = new TargetOptions();
        var gzip = new Option<bool>("--gzip") { Description = "Compress each object: it unpacks to the file. May be changed from run to run" };
        var once = new Option<bool>("--once") { Description = "Ship what is sealed, try each segment once, and end" };
        var watch = new Option<bool>("--watch") { Description = "Go on with what comes to be sealed, and try again what fails, until Ctrl-C; wait for a log that is not there yet. SIGTERM ships what is sealed first, for up to 10 s" };
        var verb = new Verb("ship",
            "Ship a log's sealed segments, verify each object, and only then remove the file; the newest sealed one stays. Safe while the log is written. " +
            "From then on only a shipper removes segments here, as long as the file SHIP is there: RetainBytes and RetainAge wait. " +
            "Exit: 0 all that is sealed is there, 2 something was set aside, 3 something is not there yet",
            ("durable-log ship /var/lib/shop/log --to s3://my-logs/shop --region eu-central-1 --watch", "beside the application, as a service or sidecar"),
            ("durable-log ship /var/lib/shop/log --to s3://my-logs --endpoint https://ceph.example:7480 --gzip --once", "to a server of one's own, from a timer"),
            ("durable-log ship /var/lib/shop/log --to dir:/mnt/archive --once", "to a mounted share"))
        {
            directory, to, gzip, once, watch,
        };
        server.AddTo(verb);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(once) == result.GetValue(watch)) result.AddError("Say one of --once (ship what is there, and end) and --watch (go on).");
        });
        verb.SetAction(parsed =>
        {
            var target = parsed.GetRequiredValue(to);
            var options = new ShippingOptions
            {
                Prefix = target.Prefix,
                Compression = parsed.GetValue(gzip) ? Compression.Gzip : Compression.None,
                TimeProvider = world.Time,
            };
            return Run(parsed.GetRequiredValue(directory), target, server.Of(parsed), options, parsed.GetValue(watch), world);
        });
        return verb;
    }

    private static int Run(string path, Target target, TargetServer server, ShippingOptions options, bool isWatching, Surroundings world)
    {
        using var interruption = new Interruption(world);
        if (!HasLog(path, isWatching, interruption, world)) return interruption.Exit;
        var store = target.Open(server);
        try
        {
            // A failure is tried again where it watches; else it is told at the end.
            options.OnNotice = notice =>
            {
                if (notice.Level >= LogLevel.Warning && (isWatching || notice.Name != "ShippingFails")) world.Error.WriteLine($"{Tool.Name}: {notice.Message}");
            };
            using var shipper = DirectoryShipper.OpenOn(world.Storage, Path.GetFullPath(path), store, options, log: null);
            var run = new ShippingRun(shipper, interruption, world);
            var isEnded = isWatching ? run.Watch() : run.Once();
            using var output = new OutputBuffer(world.Out);
            using var log = LogFolder.Open(path, world);
            output.Write(ShippingText.Of(shipper.Status, log, target));
            return isEnded ? interruption.Exit : ExitOf(shipper.Status, world);
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Who means no log is told so, and no SHIP is made. Who watches waits for one: a sidecar starts before the application.</summary>
    private static bool HasLog(string path, bool isWatching, Interruption interruption, Surroundings world)
    {
        for (var isTold = false; ; isTold = true)
        {
            try
            {
                LogFolder.Open(path, world).Dispose();
                return true;
            }
            catch (ToolException none) when (isWatching && !File.Exists(path))
            {
                if (!isTold) world.Error.WriteLine($"{Tool.Name}: {none.Message} Waiting until there is one.");
            }

            if (interruption.Token.WaitHandle.WaitOne(NextLook)) return false;
        }
    }

    private static int ExitOf(ShippingStatus status, Surroundings world)
    {
        if (status.UnshippedSegments > 0 || status.LastFailure is not null)
        {
            world.Error.WriteLine($"{Tool.Name}: {status.LastFailure ?? "not all could be shipped."} Nothing was removed that is not there: run it again.");
            return Exits.Failed;
        }

        return status.SetAside > 0 ? Exits.Damaged : Exits.Done;
    }
}
