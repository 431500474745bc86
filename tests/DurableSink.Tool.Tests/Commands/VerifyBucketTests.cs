using System.Security.Cryptography;
using Amazon.S3;
using DurableSink.Tooling;
using DurableSink.Tooling.Shipping;
using DurableSink.Tooling.Verifying;
using DurableSink.Tooling.Verifying.Stored;
using SegmentShipper;
using SegmentShipper.Tests.S3;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

/// <summary>The same on a real server: segments under their digests, and one object after another that is not as it was.</summary>
[Collection(nameof(CephServer))]
public sealed class VerifyBucketTests(CephServer server) : ToolTest
{
    private readonly string _prefix = $"evidence-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Gzip)]
    public async Task A_hundred_segments_with_their_signatures_are_whole_and_complete(Compression compression)
    {
        server.Require();
        await ShipAsync(compression, 100);
        var whole = await VerifyAsync();
        Assert.Equal(("whole", "complete", 100, 100, 2), // digests: of the first ones, and of the others at the end
            (whole.Integrity, whole.Completeness, whole.Segments, whole.Signatures, whole.Digests));
    }

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Gzip)]
    public async Task What_is_done_to_an_object_is_noticed_and_named(Compression compression)
    {
        server.Require();
        await ShipAsync(compression, 6, 6); // each verdict reads all of them
        using var client = server.Client(server.Options());
        var keys = new List<string>();
        await using (var store = new S3ObjectStore(server.Options()))
            await foreach (var found in store.ListAsync(_prefix, Token)) keys.Add(found.Key);
        Assert.Equal(6 + 1 + 6 + 1, keys.Count);

        foreach (var victim in (string[])[keys[4], keys[0], keys[^1]]) // a segment, a digest, the newest
        {
            var bytes = await ReadAsync(client, victim);
            foreach (var (done, change) in Tamperings(await ReadAsync(client, keys[8])))
            {
                if (change(bytes) is { } changed) await PutAsync(client, victim, changed);
                else await client.DeleteObjectAsync(server.Bucket, victim, Token);
                var verdict = await VerifyAsync();
                Assert.Equal((done, victim, Exits.Damaged), (done, victim, verdict.Exit));
                Assert.Contains(verdict.Findings, f => f.Kind != FindingKind.Note && f.File == victim);
                await PutAsync(client, victim, bytes);
            }
        }

        Assert.Equal(Exits.Done, (await VerifyAsync()).Exit);
    }

    private static IEnumerable<(string Done, Func<byte[], byte[]?> Change)> Tamperings(byte[] other) =>
    [
        ("remove", _ => null),
        ("truncate", bytes => bytes[..(bytes.Length / 3)]),
        ("swap", _ => other),
        ("edit", bytes => { var edited = bytes.ToArray(); edited[edited.Length / 6] ^= 1; return edited; }),
    ];

    /// <summary>Ships so many segments, and a digest of them, and so many more.</summary>
    private async Task ShipAsync(Compression compression, params int[] segments)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Temp["key.pem"], pair.ExportECPrivateKeyPem(), Token);
        await using var log = DurableLog.Open(new() { Directory = Dir, LogName = "orders", SealKeyFile = Temp["key.pem"], Preallocation = PreallocationMode.None });
        await using var store = new S3ObjectStore(server.Options());
        var hour = new StandingClock(TimeProvider.System.GetUtcNow()); // a further digest would be due with the next one
        using var shipper = DirectoryShipper.Open(log, store, new()
        {
            Prefix = _prefix,
            Digests = true,
            DigestKeyFile = Temp["key.pem"],
            Compression = compression,
            TimeProvider = hour,
        });
        foreach (var count in segments)
        {
            for (var n = 1; n <= count; n++)
            {
                log.Append(DurableEvent.Create("Event {N} {Text}", n, RandomNumberGenerator.GetHexString(2_000)));
                await log.SealAsync(Token);
            }

            await shipper.ShipAllAsync(Token);
        }
    }

    private async Task<Verdict> VerifyAsync()
    {
        await using var store = new S3ObjectStore(server.Options());
        using var error = new StringWriter();
        return Assert.Single(new StoreVerifier(Target.Parse($"s3://{server.Bucket}/{_prefix}"), store, SealKeys.Read([Temp["key.pem"]]), World(Stream.Null, Stream.Null, error)).Run(_ => { }, _ => { }));
    }

    private async Task<byte[]> ReadAsync(IAmazonS3 client, string key)
    {
        using var answer = await client.GetObjectAsync(server.Bucket, key, Token);
        using var all = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(all, Token);
        return all.ToArray();
    }

    private async Task PutAsync(IAmazonS3 client, string key, byte[] bytes) => await client.PutObjectAsync(
        new() { BucketName = server.Bucket, Key = key, InputStream = new MemoryStream(bytes), UseChunkEncoding = false }, Token);
}
