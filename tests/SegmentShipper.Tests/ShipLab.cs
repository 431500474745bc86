using System.IO.Compression;
using System.Text.Json;
using DurableSink;
using DurableSink.Storage;
using DurableSink.Tests.Storage;
using Xunit;

namespace SegmentShipper.Tests;

/// <summary>A log and a store, each on a simulated drive or both on one, and a shipper between them.</summary>
internal sealed class ShipLab
{
    public const string Root = "/log";
    public const string Objects = "/objects";

    public ShipLab(SimulatedDrive? drive = null, SimulatedDrive? target = null)
    {
        Drive = drive ?? new SimulatedDrive(1);
        Target = target ?? new SimulatedDrive(2);
        Store = new ScriptedStore(new DirectoryObjectStore(Objects, Target));
        Options = new ShippingOptions { OnNotice = notice => { lock (Notices) Notices.Add(notice); }, RetryDelay = TimeSpan.FromMilliseconds(10) };
    }

    public SimulatedDrive Drive { get; }

    public SimulatedDrive Target { get; }

    public ScriptedStore Store { get; }

    public ShippingOptions Options { get; }

    public List<DurableNotice> Notices { get; } = [];

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static DurableLogOptions LogOptions(string directory = Root) => new()
    {
        Directory = directory,
        LogName = "orders",
        Fsync = FsyncPolicy.Always,
        Preallocation = PreallocationMode.None,
        SegmentBytes = 64 << 10,
        MaxEventBytes = 16 << 10,
        BufferBytes = 64 << 10,
    };

    public DurableLog OpenLog() => DurableLog.OpenOn(Drive, LogOptions());

    /// <summary>A log with so many sealed segments of one event each; closed again.</summary>
    public async Task WriteAsync(int segments, int bytes = 100)
    {
        await using var log = OpenLog();
        for (var i = 0; i < segments; i++) await AppendAsync(log, bytes);
    }

    public static async Task AppendAsync(DurableLog log, int bytes = 100)
    {
        log.Append(DurableEvent.Create("Event {N} {Text}", log.LastSequence + 1, new string('x', bytes)));
        await log.SealAsync(Token);
    }

    public DirectoryShipper Open(DurableLog? log = null) => DirectoryShipper.OpenOn(Drive, Root, Store, Options, log);

    public async Task<ShippingStatus> ShipAsync()
    {
        using var shipper = Open();
        return await shipper.ShipAsync(Token);
    }

    /// <summary>The files of the log's directory, but for those that are always there.</summary>
    public List<string> Files() => [.. FilesOf(Drive, Root).Where(name => name is not ("LOG" or "LOCK" or "SHIP") && !name.EndsWith(".spare", StringComparison.Ordinal))];

    public List<string> Sealed() => [.. Files().Where(name => name.EndsWith(".clef", StringComparison.Ordinal))];

    public static List<string> FilesOf(SimulatedDrive drive, string path)
    {
        using var directory = drive.OpenDirectory(path, DirectorySettings.ForReading, create: true);
        return [.. directory.List().Order(StringComparer.Ordinal)];
    }

    /// <summary>All objects by key, in order.</summary>
    public SortedDictionary<string, byte[]> Stored() => StoredOn(Target);

    public static SortedDictionary<string, byte[]> StoredOn(SimulatedDrive drive)
    {
        var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        lock (drive.Gate)
        {
            foreach (var (path, names) in drive.State.Directories)
            {
                if (!path.StartsWith(Objects, StringComparison.Ordinal)) continue;
                foreach (var name in names.Present.Keys) found[$"{path}/{name}"[(Objects.Length + 1)..]] = drive.Bytes($"{path}/{name}")!;
            }
        }

        return found;
    }

    /// <summary>The numbers of the events in the store, in the order of keys' names.</summary>
    public static List<long> SequencesOn(SimulatedDrive target) => [.. StoredOn(target)
        .Where(o => o.Key.EndsWith(".clef", StringComparison.Ordinal) || o.Key.EndsWith(".gz", StringComparison.Ordinal))
        .OrderBy(o => Path.GetFileName(o.Key), StringComparer.Ordinal)
        .SelectMany(o => SequencesIn(o.Key.EndsWith(".gz", StringComparison.Ordinal) ? Unzip(o.Value) : o.Value))];

    public static IEnumerable<long> SequencesIn(byte[] segment)
    {
        foreach (var line in segment.Split((byte)'\n'))
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("@header", out _) || json.RootElement.TryGetProperty("@seal", out _)) continue;
            yield return json.RootElement.GetProperty("@seq").GetInt64();
        }
    }

    public static byte[] Unzip(byte[] bytes)
    {
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var all = new MemoryStream();
        gzip.CopyTo(all);
        return all.ToArray();
    }
}

internal static class Lines
{
    /// <summary>The parts between a byte, without empty ones.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Split(this byte[] bytes, byte separator)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var length = bytes.AsSpan(at).IndexOf(separator);
            if (length < 0) length = bytes.Length - at;
            if (length > 0) yield return bytes.AsMemory(at, length);
            at += length + 1;
        }
    }
}
