namespace AuditApi.Demo;

/// <summary>One segment of a log, as its directory shows it.</summary>
internal sealed record SegmentFile(string Name, long Bytes, bool IsSealed)
{
    /// <summary>The segments in log order, which is the order of their names.</summary>
    public static IReadOnlyList<SegmentFile> List(string directory) =>
    [
        .. new DirectoryInfo(directory).EnumerateFiles()
            .Where(f => f.Name.EndsWith(".clef", StringComparison.Ordinal) || f.Name.EndsWith(".clef.active", StringComparison.Ordinal))
            .OrderBy(f => f.Name, StringComparer.Ordinal)
            .Select(f => new SegmentFile(f.Name, f.Length, f.Name.EndsWith(".clef", StringComparison.Ordinal))),
    ];
}
