using System.Net;
using Amazon.Runtime;
using Xunit;

namespace SegmentShipper.Tests.S3;

/// <summary>What two real servers do with a log.</summary>
[Collection(nameof(CephServer))]
public sealed class CephTests(CephServer server) : ServerTests(server)
{
    [Fact]
    public async Task A_planted_object_stays_and_the_rest_goes_on()
    {
        using var lab = new S3Lab(server);
        var written = await lab.WriteAsync(5);
        var victim = written.OrderBy(f => f.Key).First();
        var key = lab.KeyOf(victim.Value, victim.Key);
        await lab.PutAsync(key, "planted");
        var status = await lab.ShipAsync(server.Options());
        Assert.Equal((0, 1, 4), (status.UnshippedSegments, status.SetAside, status.Shipped));
        Assert.Equal("planted"u8.ToArray(), (await lab.ObjectsAsync())[key]);
        Assert.Contains(lab.Notices, notice => notice.Name == "SegmentSetAside" && notice.Message.Contains(key, StringComparison.Ordinal));
    }

    /// <summary>Found with this suite: on a bucket that keeps versions, Ceph 16.2 ignores the condition of a put.</summary>
    [Fact]
    public async Task On_a_bucket_that_keeps_versions_each_segment_has_one_content()
    {
        using var lab = new S3Lab(server);
        await lab.KeepVersionsAsync();
        var written = await lab.WriteAsync(8);
        for (var run = 0; run < 2; run++)
        {
            var options = server.Options();
            options.Bucket = lab.Bucket;
            await lab.ShipAsync(options);
        }

        await lab.CheckAsync(written);
        var versions = await lab.VersionsAsync();
        Assert.Equal(8, versions.Distinct().Count());
        Assert.InRange(versions.Count, 8, 9); // the first one twice, where the server ignored the condition
    }

    [Fact]
    public async Task Parts_leave_nothing_behind()
    {
        using var lab = new S3Lab(server);
        var written = await lab.WriteAsync(2, bytes: 40_000_000);
        var options = server.Options();
        options.MultipartBytes = 16 << 20;
        await using var proxy = await MisbehavingProxy.StartAsync(server.Endpoint);
        var failing = server.Options(proxy.Endpoint);
        failing.MultipartBytes = 16 << 20;
        var parts = 0;
        proxy.Misbehave = async exchange => exchange.IsPut && Interlocked.Increment(ref parts) is 2 or 5 && await exchange.FailAsync(HttpStatusCode.InternalServerError, "InternalError");
        await lab.ShipAsync(failing);
        Assert.True(parts > 6);
        await lab.CheckAsync(written);
        Assert.Equal(0, await lab.UploadsLeftAsync());
    }
}

[Collection(nameof(SwiftServer))]
public sealed class SwiftTests(SwiftServer server) : ServerTests(server);

public abstract class ServerTests(S3Server server)
{
    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Gzip)]
    public async Task What_is_shipped_is_what_was_written(Compression compression)
    {
        using var lab = new S3Lab(server);
        lab.Options.Compression = compression;
        var written = await lab.WriteAsync(20, bytes: 100_000);
        var status = await lab.ShipAsync(server.Options());
        Assert.Equal((0, 0, 20), (status.UnshippedSegments, status.SetAside, status.Shipped));
        if (compression == Compression.None) await lab.CheckAsync(written);
        else
        {
            var objects = await lab.ObjectsAsync();
            foreach (var (file, bytes) in written) Assert.Equal(bytes, ShipLab.Unzip(objects[lab.KeyOf(bytes, file) + ".gz"]));
        }
    }

    [Fact]
    public async Task A_pod_that_restarts_between_put_and_removal_with_gzip_switched_on_makes_nothing_twice()
    {
        using var lab = new S3Lab(server);
        var written = await lab.WriteAsync(4);
        await using (var real = new S3ObjectStore(server.Options()))
        {
            using var shipper = lab.Open(new ScriptedStore(real) { AfterPut = _ => throw ScriptedStore.Down() });
            await shipper.ShipAsync(S3Lab.Token);
        }

        lab.Options.Compression = Compression.Gzip;
        await lab.ShipAsync(server.Options());
        await lab.CheckAsync(written);
    }

    [Fact]
    public async Task Write_only_credentials_ship_without_looking()
    {
        using var lab = new S3Lab(server);
        var written = await lab.WriteAsync(3);
        await using var proxy = await MisbehavingProxy.StartAsync(server.Endpoint);
        proxy.Misbehave = async exchange => !exchange.IsPut && await exchange.FailAsync(HttpStatusCode.Forbidden, "AccessDenied");
        lab.Options.Verify = Verification.PutChecksum;
        if (this is SwiftTests)
        {
            // It knows no conditional puts: a look before the put is all there is, and who may not look does not write.
            await using var store = new S3ObjectStore(server.Options(proxy.Endpoint));
            using var shipper = lab.Open(store);
            var status = await shipper.ShipAsync(S3Lab.Token);
            Assert.Equal(3, status.UnshippedSegments);
            Assert.Contains("s3:GetObject", status.LastFailure!, StringComparison.Ordinal);
            return;
        }

        await lab.ShipAsync(server.Options(proxy.Endpoint));
        await lab.CheckAsync(written);
    }

    [Fact]
    public async Task More_is_listed_than_fits_an_answer()
    {
        using var lab = new S3Lab(server);
        var keys = Enumerable.Range(0, server.ListedAtOnce + 1).Select(n => $"{lab.Prefix}/{n:D4}").ToList();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = S3Lab.Token }, async (key, _) => await lab.PutAsync(key, "x"));
        Assert.Equal(server.ListedAtOnce, await lab.ListedAtOnceAsync());
        await using var store = new S3ObjectStore(server.Options());
        var found = new List<string>();
        await foreach (var listed in store.ListAsync(lab.Prefix, S3Lab.Token)) found.Add(listed.Key);
        Assert.Equal(keys, found);
    }

    public static TheoryData<string> Mistakes => ["bucket", "secret", "access key", "region", "no permission to look", "expired", "clock", "no server", "no credentials"];

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Each_mistake_is_told_with_its_remedy(string mistake)
    {
        using var lab = new S3Lab(server);
        await lab.WriteAsync(1);
        await using var proxy = await MisbehavingProxy.StartAsync(server.Endpoint);
        var keys = await server.Credentials.GetCredentialsAsync();
        var options = mistake switch
        {
            "secret" => server.Options(credentials: new BasicAWSCredentials(keys.AccessKey, "wrong")),
            "access key" => server.Options(credentials: new BasicAWSCredentials("wrong", "wrong")),
            "region" => server.Options(configure: config => config.AuthenticationRegion = "eu-north-9"),
            "no server" => server.Options("http://127.0.0.1:1"),
            "no credentials" => server.Options(credentials: new NoCredentials()),
            _ => server.Options(proxy.Endpoint),
        };
        if (mistake == "bucket") options.Bucket = "no-such-bucket";
        // What these two servers do not do by themselves is said as AWS says it.
        proxy.Misbehave = async exchange => mistake switch
        {
            "no permission to look" => exchange.Method == "HEAD" && await exchange.FailAsync(HttpStatusCode.Forbidden, "AccessDenied"),
            "expired" => exchange.IsPut && await exchange.FailAsync(HttpStatusCode.BadRequest, "ExpiredToken"),
            "clock" => exchange.IsPut && await exchange.FailAsync(HttpStatusCode.Forbidden, "RequestTimeTooSkewed"),
            _ => false,
        };

        ShippingStatus status;
        await using (var store = new S3ObjectStore(options))
        using (var shipper = lab.Open(store)) status = await shipper.ShipAsync(S3Lab.Token);

        TestContext.Current.TestOutputHelper?.WriteLine($"{mistake}: {status.LastFailure}");
        if (mistake == "region" && status.LastFailure is null) return; // Ceph takes any
        Assert.Equal(1, status.UnshippedSegments);
        Assert.Contains(mistake switch
        {
            "bucket" => this is SwiftTests ? "NoSuchBucket" : "Create the bucket",
            "secret" => "The secret key is not the one of this access key",
            "access key" => this is SwiftTests ? "The secret key is not the one of this access key" : "The server does not know this access key",
            "no permission to look" => "s3:ListBucket",
            "region" => "Region",
            "expired" => "have expired",
            "clock" => "set it (NTP)",
            "no server" => "Check address, network and the server",
            _ => "no credentials were found",
        }, status.LastFailure!, StringComparison.Ordinal);
        Assert.Contains(options.Bucket!, status.LastFailure!, StringComparison.Ordinal);
        Assert.Contains(lab.Prefix, status.LastFailure!, StringComparison.Ordinal);
    }

    private sealed class NoCredentials : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() => throw new AmazonClientException("Unable to find credentials anywhere.");
    }
}
