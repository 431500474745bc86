namespace DurableSink.Storage;

/// <summary>The one place that chooses a platform.</summary>
internal static class LogStorage
{
    public static ILogStorage ForThisPlatform() =>
        OperatingSystem.IsLinux() && Linux.OpenFlags.KnowThisProcess ? new Linux.LinuxStorage() : new Portable.PortableStorage();
}
