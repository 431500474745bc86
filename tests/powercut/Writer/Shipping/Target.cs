using System.IO.Compression;
using System.Security.Cryptography;

namespace DurableSink.PowerCut.Shipping;

/// <summary>A target's files by key, read with nothing of the shipper.</summary>
internal sealed class Target(string root)
{
    private const string GzipSuffix = ".gz";

    public string Root => root;

    public IEnumerable<string> Keys => Directory.GetFiles(root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(root, path));

    /// <summary>A copy of those objects that are there.</summary>
    public static Target CopyOf(string from, IEnumerable<string> keys, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var key in keys.Where(key => File.Exists(Path.Combine(from, key))))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, key))!);
            File.Copy(Path.Combine(from, key), Path.Combine(to, key));
        }
        return new(to);
    }

    public static bool IsObject(string key) => SegmentOf(key).EndsWith(".clef", StringComparison.Ordinal);

    /// <summary>The segment's file name: what follows the log's id in the key.</summary>
    public static string SegmentOf(string key)
    {
        var name = Path.GetFileName(key);
        if (name.EndsWith(GzipSuffix, StringComparison.Ordinal)) name = name[..^GzipSuffix.Length];
        return name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..];
    }

    public bool Has(string key) => File.Exists(Path.Combine(root, key));

    public byte[] Read(string key)
    {
        var bytes = File.ReadAllBytes(Path.Combine(root, key));
        if (!key.EndsWith(GzipSuffix, StringComparison.Ordinal)) return bytes;
        using var plain = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress)) gzip.CopyTo(plain);
        return plain.ToArray();
    }

    public IReadOnlyDictionary<string, string> Hashes() =>
        Keys.ToDictionary(key => key, key => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(root, key)))));
}
