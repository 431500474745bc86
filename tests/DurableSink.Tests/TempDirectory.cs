namespace DurableSink.Tests;

/// <summary>A directory of a test's own, removed with everything in it.</summary>
internal sealed class TempDirectory : IDisposable
{
    public TempDirectory() => Path = Directory.CreateTempSubdirectory("durablesink-").FullName;

    public TempDirectory(string under)
    {
        Path = System.IO.Path.Combine(under, $"durablesink-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
