using System.Security.Cryptography;

namespace DurableSink.PowerCut;

/// <summary>The names and contents of a log's files at one time. LOCK is left out: it names the process that looked last.</summary>
internal sealed class DirectorySnapshot
{
    private readonly SortedDictionary<string, string> _hashes = new(StringComparer.Ordinal);

    private DirectorySnapshot(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            var name = Path.GetFileName(path);
            if (name != "LOCK") _hashes.Add(name, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        }
    }

    public static DirectorySnapshot Of(string directory) => new(Directory.GetFiles(directory));

    public static DirectorySnapshot OfSealed(string directory) => new(RawLog.SealedFiles(directory));

    /// <summary>Null when all files of this snapshot are in the later one with the same bytes; else the first that is not.</summary>
    public string? LostOrChangedIn(DirectorySnapshot later)
    {
        foreach (var (name, hash) in _hashes)
        {
            if (!later._hashes.TryGetValue(name, out var other)) return $"{name} is gone";
            if (other != hash) return $"{name} has changed";
        }
        return null;
    }

    /// <summary>Null when both are the same; else the first difference.</summary>
    public string? DifferenceTo(DirectorySnapshot later)
    {
        var extra = later._hashes.Keys.FirstOrDefault(name => !_hashes.ContainsKey(name));
        return LostOrChangedIn(later) ?? (extra == null ? null : $"{extra} is new");
    }
}
