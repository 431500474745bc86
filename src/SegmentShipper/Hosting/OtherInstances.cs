using DurableSink;
using DurableSink.Segments;
using Microsoft.Extensions.Logging;

namespace SegmentShipper.Hosting;

/// <summary>
/// What other instances of the application left in directories of their own (<see cref="LockedMode.Instance"/>). Nobody opens those again by
/// himself, so they are opened here, which recovers and seals what a crash left; shipped; and let go of. One in use is left to its own process.
/// </summary>
internal sealed class OtherInstances(DurableLog log, IObjectStore store, SegmentShipperOptions options, Action<DurableNotice> notify)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly HashSet<string> _told = [];

    public async Task RunAsync(CancellationToken ending)
    {
        if (log.Options.WhenLocked != LockedMode.Instance) return;
        while (true)
        {
            foreach (var directory in Directories().Where(HasWork)) await ShipAsync(directory, ending).ConfigureAwait(false);
            await Task.Delay(Pause, options.TimeProvider, ending).ConfigureAwait(false);
        }
    }

    private IEnumerable<string> Directories()
    {
        var shared = log.Options.Directory!;
        return Directory.Exists(shared)
            ? Directory.EnumerateDirectories(shared, "instance-*").Append(shared).Where(path => path != log.Directory && File.Exists(Path.Combine(path, LogIdentity.FileName)))
            : [];
    }

    /// <summary>Anything but segments that are known to be shipped.</summary>
    private static bool HasWork(string directory)
    {
        var files = Directory.GetFiles(directory).Select(path => Path.GetFileName(path)).ToHashSet(StringComparer.Ordinal);
        return files.Any(file => SegmentName.TryParseActive(file, out _) || (SegmentName.TryParseSealed(file, out _) && !files.Contains(file + Local.Listing.MarkSuffix)));
    }

    private async Task ShipAsync(string directory, CancellationToken ending)
    {
        try
        {
            var opening = log.Options.Clone();
            (opening.Directory, opening.WhenLocked, opening.LockTimeout, opening.OnNotice) = (directory, LockedMode.Fail, TimeSpan.Zero, notify);
            await using var other = DurableLog.Open(opening);
            await other.SealAsync(ending).ConfigureAwait(false); // what opening told of itself
            using var shipper = DirectoryShipper.Open(other, store, options);
            var status = await shipper.ShipAsync(ending).ConfigureAwait(false);
            if (options.Digests && status.UnshippedSegments == 0) await shipper.ShipAllAsync(ending).ConfigureAwait(false); // nobody opens it again: its last digest
        }
        catch (DurableLogLockedException)
        {
            // In use: it ships itself.
        }
        catch (DurableLogException failure)
        {
            if (_told.Add(directory))
                notify(new(LogLevel.Error, "InstanceNotShipped", $"What another instance left in '{directory}' is not shipped, and it is tried again: {failure.Message}", failure));
        }
    }
}
