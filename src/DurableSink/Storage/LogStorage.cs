using System.Runtime.InteropServices;

namespace DurableSink.Storage;

/// <summary>The one place that chooses a platform.</summary>
internal static class LogStorage
{
    public static ILogStorage ForThisPlatform()
    {
        if (OperatingSystem.IsLinux() && Linux.OpenFlags.KnowThisProcess) return new Linux.LinuxStorage();
        throw new PlatformNotSupportedException(
            $"DurableSink writes its log by the system calls of 64-bit Linux (x64, arm64, riscv64, loongarch64); this is " +
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}.");
    }
}
