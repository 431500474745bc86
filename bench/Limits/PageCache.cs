namespace DurableSink.Bench.Limits;

/// <summary>What the kernel keeps of files in memory.</summary>
internal static class PageCache
{
    private const string DropCaches = "/proc/sys/vm/drop_caches";

    /// <summary>Null where it can be emptied.</summary>
    public static string? Missing { get; } = Environment.IsPrivilegedProcess && File.Exists(DropCaches) ? null : "to empty the page cache takes root on Linux";

    public static void Drop()
    {
        RawCalls.Sync();
        File.WriteAllText(DropCaches, "3");
    }

    /// <summary>Reads a file into it.</summary>
    public static void Fill(string file)
    {
        using var stream = File.OpenRead(file);
        stream.CopyTo(Stream.Null, 1 << 20);
    }
}
