using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Tooling.Recovering;

/// <summary>
/// A directory as a recovery would change it, without any change: names are kept here, writes go nowhere, reads come from the files as
/// they are. So the engine's own recovery says what it would do. (It never reads again what it has written.)
/// </summary>
internal sealed class DryDirectory : ILogDirectory
{
    private const int Exists = 17;
    private const int NotThere = 2;

    private readonly ILogDirectory _files;
    private readonly Dictionary<string, string?> _names; // and the name of the real file; null for one that was made here

    /// <summary>Borrows the directory.</summary>
    public DryDirectory(ILogDirectory files)
    {
        _files = files;
        _names = files.List().ToDictionary(name => name, name => (string?)name);
        Found = new SegmentList(this);
    }

    /// <summary>The segments as they were found.</summary>
    public SegmentList Found { get; }

    public string Path => _files.Path;

    public string FileSystem => _files.FileSystem;

    public bool WritesInPlace => _files.WritesInPlace;

    public bool IsNetwork => _files.IsNetwork;

    public long FreeBytes => _files.FreeBytes;

    public bool IsRemoved => false;

    public bool IsMoved => false;

    public IReadOnlyList<string> List() => [.. _names.Keys];

    public ILogFile Create(string name, Access access)
    {
        if (!_names.TryAdd(name, null)) throw Error("open", name, Exists, "the file exists");
        return new DryFile($"{Path}/{name}", null);
    }

    public ILogFile Open(string name, Access access, bool write)
    {
        if (!_names.TryGetValue(name, out var real)) throw Error("open", name, NotThere, "no such file");
        return new DryFile($"{Path}/{name}", real == null ? null : _files.Open(real, access, write: false));
    }

    public void Rename(string from, string to)
    {
        if (_names.ContainsKey(to)) throw Error("rename", to, Exists, "the file exists");
        if (!_names.Remove(from, out var real)) throw Error("rename", from, NotThere, "no such file");
        _names.Add(to, real);
    }

    public void Delete(string name) => _names.Remove(name);

    public bool IsSameFile(string name, string other) =>
        _names.GetValueOrDefault(name) is { } one && _names.GetValueOrDefault(other) is { } two && _files.IsSameFile(one, two);

    public IDisposable? TryLock(string name, string holder, out string currentHolder) => throw new NotSupportedException("nobody writes here");

    public void Reopen()
    {
        // Never lost.
    }

    public void Flush()
    {
        // Nothing was changed.
    }

    public void Dispose()
    {
        // Borrowed.
    }

    private DurableIOException Error(string operation, string name, int errno, string reason) => new(operation, $"{Path}/{name}", -1, errno, reason);
}
