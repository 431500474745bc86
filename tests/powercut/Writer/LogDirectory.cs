namespace DurableSink.PowerCut;

/// <summary>Where the log lies on the drive: two levels down, so that directories made by the log must be durable too (rule 5).</summary>
internal static class LogDirectory
{
    public static string In(string drive) => Path.Combine(drive, "logs", "powercut");
}
