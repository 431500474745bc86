using DurableSink.Segments;
using DurableSink.Storage;
using Microsoft.Win32.SafeHandles;

namespace DurableSink.Tooling.Recovering;

/// <summary>
/// A directory as a recovery would change it, without any change: names are kept here, writes to files that are there go nowhere, and they
/// are read as they are; files that it makes stand in temporary ones elsewhere. So the engine's own recovery says what it would do. (Of a
/// file that was there it never reads again what it has written.)
/// </summary>
internal sealed class DryDirectory : ILogDirectory
{
    private const int Exists = 17;
    private const int NotThere = 2;

    private readonly ILogDirectory _files;
    private readonly Dictionary<string, Source> _names;
    private readonly List<SafeFileHandle> _made = [];

    /// <summary>Borrows the directory.</summary>
    public DryDirectory(ILogDirectory files)
    {
        _files = files;
        _names = files.List().ToDictionary(name => name, name => new Source(name, null));
        Found = new SegmentList(this);
    }

    /// <summary>The segments as they were found.</summary>
    public SegmentList Found { get; }

    public string Path => _files.Path;

    public string Identity => _files.Identity;

    public string FileSystem => _files.FileSystem;

    public bool WritesInPlace => _files.WritesInPlace;

    public bool IsNetwork => _files.IsNetwork;

    public long FreeBytes => _files.FreeBytes;

    public bool IsRemoved => false;

    public bool IsMoved => false;

    public IReadOnlyList<string> ListDirectories() => _files.ListDirectories();

    public IReadOnlyList<string> List() => [.. _names.Keys];

    public ILogFile Create(string name, Access access)
    {
        if (_names.ContainsKey(name)) throw Error("open", name, Exists, "the file exists");
        _made.Add(File.OpenHandle(System.IO.Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose));
        _names.Add(name, new Source(null, _made[^1]));
        return new DryFile($"{Path}/{name}", null, _made[^1]);
    }

    public ILogFile Open(string name, Access access, bool write)
    {
        if (!_names.TryGetValue(name, out var source)) throw Error("open", name, NotThere, "no such file");
        return new DryFile($"{Path}/{name}", source.Real == null ? null : _files.Open(source.Real, access, write: false), source.Made);
    }

    public void Rename(string from, string to)
    {
        if (_names.ContainsKey(to)) throw Error("rename", to, Exists, "the file exists");
        if (!_names.Remove(from, out var source)) throw Error("rename", from, NotThere, "no such file");
        _names.Add(to, source);
    }

    public void Delete(string name) => _names.Remove(name);

    public bool IsSameFile(string name, string other) =>
        _names.GetValueOrDefault(name)?.Real is { } one && _names.GetValueOrDefault(other)?.Real is { } two && _files.IsSameFile(one, two);

    public IDisposable? TryLock(string name, string holder, out string currentHolder) => throw new NotSupportedException("nobody writes here");

    public void Reopen()
    {
        // Never lost.
    }

    public void Flush()
    {
        // Nothing was changed.
    }

    /// <summary>The directory itself was borrowed.</summary>
    public void Dispose() => _made.ForEach(made => made.Dispose());

    private DurableIOException Error(string operation, string name, int errno, string reason) => new(operation, $"{Path}/{name}", -1, errno, reason);

    /// <summary>The real file of that name, or what was made in its place.</summary>
    private sealed record Source(string? Real, SafeFileHandle? Made);
}
