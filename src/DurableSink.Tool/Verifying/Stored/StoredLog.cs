using DurableSink.Segments;
using SegmentShipper;
using SegmentShipper.Objects;

namespace DurableSink.Tooling.Verifying.Stored;

/// <summary>The objects of one log, as a listing showed them.</summary>
internal sealed class StoredLog(string name, string id)
{
    public string Name => name;

    public string Id => id;

    public List<StoredSegment> Segments { get; } = [];

    /// <summary>By number.</summary>
    public SortedDictionary<long, ListedObject> Digests { get; } = [];

    /// <summary>Whether a directory is one that logs were shipped to.</summary>
    public static bool IsIn(string path) =>
        Directory.Exists(path) && !File.Exists(Path.Combine(path, LogIdentity.FileName)) && Directory.EnumerateDirectories(path, "log=*").Any();

    /// <summary>All logs below a prefix, by name and id. What is not a log's is left out.</summary>
    public static async Task<List<StoredLog>> ListAsync(IObjectStore store, string? prefix)
    {
        var logs = new SortedDictionary<(string, string), StoredLog>();
        await foreach (var found in store.ListAsync(prefix))
        {
            var key = prefix is null ? found.Key : found.Key[(prefix.Length + 1)..];
            switch (key.Split('/'))
            {
                case [var log, _, _, var file] when NameIn(log) is { } name && StoredSegment.TryParse(found, key, file, out var id) is { } segment && segment.Name.Log == name:
                    LogOf(name, id).Segments.Add(segment);
                    break;
                case [ObjectKeys.Digests, var log, var id, _] when NameIn(log) is { } name && ObjectKeys.NumberOfDigest(key) is { } number:
                    LogOf(name, id).Digests[number] = found;
                    break;
            }
        }

        foreach (var log in logs.Values) log.Segments.Sort((a, b) => SegmentList.ByLogOrder(a.Name, b.Name));
        return [.. logs.Values];

        StoredLog LogOf(string name, string id) => logs.TryGetValue((name, id), out var log) ? log : logs[(name, id)] = new(name, id);
    }

    private static string? NameIn(string part) => part.StartsWith("log=", StringComparison.Ordinal) ? part["log=".Length..] : null;
}

/// <summary>A segment's object.</summary>
/// <param name="Key">All of its key.</param>
/// <param name="Plain">The key without the prefix and without <c>.gz</c>: what a digest may name.</param>
/// <param name="Length">Of the object.</param>
/// <param name="Name">The segment that it is by its key.</param>
internal sealed record StoredSegment(string Key, string Plain, long Length, SegmentName Name)
{
    private const int IdLength = 32;

    public bool IsGzip => Key.EndsWith(ObjectKeys.GzipSuffix, StringComparison.Ordinal);

    /// <summary>Null where the name is no segment's.</summary>
    public static StoredSegment? TryParse(ListedObject found, string key, string file, out string logId)
    {
        logId = "";
        if (file.EndsWith(ObjectKeys.GzipSuffix, StringComparison.Ordinal)) (file, key) = (file[..^ObjectKeys.GzipSuffix.Length], key[..^ObjectKeys.GzipSuffix.Length]);
        if (file.Length <= IdLength || file[IdLength] != '-' || !SegmentName.TryParseSealed(file[(IdLength + 1)..], out var name)) return null;
        logId = file[..IdLength];
        return new(found.Key, key, found.Length, name);
    }
}
