using System.Security.Cryptography;
using SegmentShipper;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

/// <summary>Logs that were shipped to a directory, each made once; every test gets a copy, to do to it what it likes.</summary>
public sealed class ShippedChains : IDisposable
{
    public const int Segments = 100;

    private readonly TempDirectory _temp = new();
    private readonly Dictionary<string, DateTimeOffset> _made = [];

    public void Dispose() => _temp.Dispose();

    /// <summary>A log of 100 segments, one event each, five of them an hour: in "log", its objects in "shipped", its keys beside them.
    /// Returns what time it was when the last was shipped. Not thread-safe: the tests of one class run one after another.</summary>
    public async Task<DateTimeOffset> CopyAsync(string directory, Compression compression, bool digests, bool signs)
    {
        var name = $"{compression} {digests} {signs}";
        if (!_made.ContainsKey(name)) _made[name] = await MakeAsync(Directory.CreateDirectory(_temp[name]).FullName, compression, digests, signs);
        foreach (var file in Directory.EnumerateFiles(_temp[name], "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(directory, Path.GetRelativePath(_temp[name], file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return _made[name];
    }

    /// <summary>Writes a new pair of keys, as NAME.pem and NAME.public.pem.</summary>
    public static void WriteKey(string directory, string name)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Path.Combine(directory, name + ".pem"), pair.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(directory, name + ".public.pem"), pair.ExportSubjectPublicKeyInfoPem());
    }

    internal static ShippingOptions Options(string? keyFile, bool digests, ChainClock time) => new() { Digests = digests, DigestKeyFile = keyFile, TimeProvider = time };

    internal static DurableEvent Event(long n) => DurableEvent.Create("Event {N} {Text}", n, new string('x', 200));

    private static async Task<DateTimeOffset> MakeAsync(string directory, Compression compression, bool digests, bool signs)
    {
        WriteKey(directory, "key");
        var key = signs ? Path.Combine(directory, "key.pem") : null;
        var time = new ChainClock();
        var options = Options(digests ? key : null, digests, time);
        options.Compression = compression;
        using var log = DurableLog.Open(new() { Directory = Path.Combine(directory, "log"), LogName = "orders", SealKeyFile = key, Preallocation = PreallocationMode.None });
        await using var store = new DirectoryObjectStore(Path.Combine(directory, "shipped"));
        using var shipper = DirectoryShipper.Open(log, store, options);
        for (var n = 1; n <= Segments; n++)
        {
            log.Append(Event(n));
            await log.SealAsync(TestContext.Current.CancellationToken);
            if (n % 5 != 0) continue;
            Assert.Equal(0, (await shipper.ShipAsync(TestContext.Current.CancellationToken)).UnshippedSegments);
            time.Now += TimeSpan.FromHours(1);
        }

        return time.Now;
    }
}

/// <summary>Whose hours pass when the test says so.</summary>
internal sealed class ChainClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 20, 8, 30, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
