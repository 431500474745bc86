using System.Globalization;

namespace DurableSink.Bench.Measuring;

/// <summary>By how much this process's resident memory grew at most, in MiB; Linux only.</summary>
internal sealed class MemoryGrowth
{
    private const string Status = "/proc/self/status", Reset = "/proc/self/clear_refs";
    private readonly double? _before;

    private MemoryGrowth(double? before) => _before = before;

    public static MemoryGrowth Begin()
    {
        if (!File.Exists(Reset)) return new(null);
        File.WriteAllText(Reset, "5"); // the peak begins anew
        return new(Read("VmRSS:"));
    }

    public double? End() => Read("VmHWM:") - _before;

    /// <summary>What is resident now, in MiB.</summary>
    public static double? Resident() => Read("VmRSS:");

    private static double? Read(string name) => File.Exists(Status)
        ? double.Parse(File.ReadLines(Status).First(l => l.StartsWith(name, StringComparison.Ordinal)).Split(':')[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024
        : null;
}
