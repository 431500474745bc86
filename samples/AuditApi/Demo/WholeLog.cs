namespace AuditApi.Demo;

/// <summary>A log as it was before it was shipped: what is still on the disk, and the objects back among it. That is all there is to restoring one.</summary>
internal sealed class WholeLog : IDisposable
{
    private readonly List<string> _faults = [];

    private WholeLog(string local, string target)
    {
        foreach (var file in new DirectoryInfo(local).EnumerateFiles().Where(f => f.Name == "LOG" || f.Extension is ".clef" or ".active")) file.CopyTo(PathOf(file.Name));
        foreach (var file in new DirectoryInfo(target).EnumerateFiles("*.clef", SearchOption.AllDirectories).OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            Objects.Add((Path.GetRelativePath(target, file.FullName), file.Length));
            var path = PathOf(file.Name[(file.Name.IndexOf('-', StringComparison.Ordinal) + 1)..]); // an object is named after log and segment
            if (!File.Exists(path)) file.CopyTo(path);
            else if (!File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(file.FullName))) _faults.Add($"differs from what is on the disk: {file.FullName}");
            else OnTheDiskToo++;
        }
    }

    /// <summary>Where it is, until this is disposed.</summary>
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("durablesink-demo-whole-").FullName;

    /// <summary>What arrived, in log order.</summary>
    public List<(string Key, long Bytes)> Objects { get; } = [];

    /// <summary>Objects whose segment is still on the disk: the newest always is.</summary>
    public int OnTheDiskToo { get; }

    public IReadOnlyList<string> Faults => _faults;

    public static WholeLog PutTogether(string local, string target) => new(local, target);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private string PathOf(string name) => Path.Combine(Directory, name);
}
