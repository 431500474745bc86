using System.Runtime;
using System.Runtime.InteropServices;

namespace DurableSink.Bench.Reporting;

/// <summary>What the figures depend on besides the drive.</summary>
internal static class Runtime
{
    public static string Description { get; } =
        $"{RuntimeInformation.FrameworkDescription}, {(GCSettings.IsServerGC ? "server" : "workstation")} GC ({GCSettings.LatencyMode}), " +
        $"TieredPGO {AppContext.GetData("System.Runtime.TieredPGO") ?? "default"}, {Environment.ProcessorCount} CPUs, {RuntimeInformation.OSDescription} ({Environment.OSVersion.Version}), " +
        $"{RuntimeInformation.ProcessArchitecture}";
}
