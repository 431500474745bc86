using System.Globalization;

namespace DurableSink.Bench.Reporting;

/// <summary>The file system and the drive that were measured, as Linux tells them.</summary>
internal sealed record Place(string FileSystem, string Drive)
{
    public string Description => $"{FileSystem} on {Drive}";

    private const string Mounts = "/proc/self/mountinfo";

    public static Place Of(string directory)
    {
        if (!File.Exists(Mounts)) return new("unknown file system", "unknown drive");
        var mount = MountOf(directory);
        return new($"{mount.Type} ({mount.Options})", DescribeDrive(mount.Device));
    }

    /// <summary>The device below a directory as major:minor; empty where that is not known.</summary>
    public static string DeviceOf(string directory) => File.Exists(Mounts) ? MountOf(directory).Device : "";

    private static (string Point, string Device, string Type, string Options) MountOf(string directory)
    {
        // mountinfo: id parent major:minor root mountpoint options [optional fields] - type source options; a later mount hides an earlier one.
        var best = (Point: "", Device: "", Type: "", Options: "");
        foreach (var line in File.ReadLines(Mounts))
        {
            var sides = line.Split(" - ");
            var left = sides[0].Split(' ');
            var right = sides[^1].Split(' ');
            var point = left[4].Replace("\\040", " ", StringComparison.Ordinal);
            if (Holds(point, directory) && point.Length >= best.Point.Length) best = (point, left[2], right[0], left[5]);
        }
        return best;
    }

    private static bool Holds(string point, string directory) =>
        point == "/" || directory == point || directory.StartsWith(point + "/", StringComparison.Ordinal);

    private static string DescribeDrive(string device)
    {
        var folder = $"/sys/dev/block/{device}";
        if (!Directory.Exists(folder)) return $"device {device}, not a block device";
        var name = Path.GetFileName(new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? device);
        // A partition's queue is its drive's.
        var queue = Directory.Exists($"{folder}/queue") ? $"{folder}/queue" : $"{folder}/../queue";
        return string.Create(CultureInfo.InvariantCulture,
            $"{name} (write cache: {Read($"{queue}/write_cache")}, FUA: {Read($"{queue}/fua")}, rotational: {Read($"{queue}/rotational")})");
    }

    private static string Read(string file) => File.Exists(file) ? File.ReadAllText(file).Trim() : "unknown";
}
