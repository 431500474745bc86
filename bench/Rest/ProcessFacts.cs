using System.Globalization;
using DurableSink.Bench.Reporting;

namespace DurableSink.Bench.Rest;

/// <summary>What Linux counts for this process and its drive; null elsewhere.</summary>
internal static class ProcessFacts
{
    private const string Tasks = "/proc/self/task", Io = "/proc/self/io", Drives = "/proc/diskstats";

    private static readonly string Main = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    public static double? Threads() => Directory.Exists(Tasks) ? Directory.GetDirectories(Tasks).Length : null;

    /// <summary>How often threads that live now began to run after a wait; but for the main thread, which waits between two measurements.</summary>
    public static double? WakeUps() => Directory.Exists(Tasks)
        ? Directory.GetDirectories(Tasks).Where(task => Path.GetFileName(task) != Main).Sum(task => ValueOf($"{task}/status", "voluntary_ctxt_switches:"))
        : null;

    /// <summary>What this process caused to be sent to a drive.</summary>
    public static double? BytesWritten() => File.Exists(Io) ? ValueOf(Io, "write_bytes:") : null;

    /// <summary>Writes that the drive below a folder has completed, whoever asked for them.</summary>
    public static double? DriveWrites(string folder)
    {
        if (!File.Exists(Drives) || Place.DeviceOf(folder).Split(':') is not [var major, var minor]) return null;
        // diskstats: major minor name, then reads: completed, merged, sectors, ms; then writes: completed, …
        return File.ReadLines(Drives).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(f => f[0] == major && f[1] == minor).Select(f => (double?)double.Parse(f[7], CultureInfo.InvariantCulture)).FirstOrDefault();
    }

    private static double ValueOf(string file, string name) =>
        double.Parse(File.ReadLines(file).First(l => l.StartsWith(name, StringComparison.Ordinal)).AsSpan(name.Length).Trim(), CultureInfo.InvariantCulture);
}
