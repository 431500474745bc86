using System.Net;
using Xunit;

namespace SegmentShipper.Tests.S3;

/// <summary>Whatever the server, or what is before it, answers: in the end each segment is in the bucket, written once, and nothing local went
/// before.</summary>
[Collection(nameof(CephServer))]
public sealed class MisbehavingServerTests(CephServer server)
{
    public enum Fault
    {
        Error500,
        Error500AfterDoing,
        SlowDown,
        Reset,
        ResetAfterDoing,
        Hang,
        HangAfterDoing,
        TruncatedAnswer,
        Conflict409,
        LostPut,
    }

    public static TheoryData<Fault> Faults => [.. Enum.GetValues<Fault>()];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Each_fault_ends_right(Fault fault)
    {
        using var lab = new S3Lab(server);
        var written = await lab.WriteAsync(6);
        await using var proxy = await MisbehavingProxy.StartAsync(server.Endpoint);
        var n = 0;
        // The first and then every third request of each method: puts, looks, and reads.
        proxy.Misbehave = exchange => Interlocked.Increment(ref n) is var turn and <= 30 && turn % 3 == 1 ? DoAsync(fault, exchange) : Task.FromResult(false);
        var options = server.Options(proxy.Endpoint);
        options.RequestTimeout = TimeSpan.FromSeconds(1);
        var status = await lab.ShipAsync(options);
        Assert.Equal((0, 0, 0), (status.UnshippedSegments, status.SetAside, status.Dropped));
        await lab.CheckAsync(written);
        Assert.All(proxy.Answers.Where(answer => answer.StartsWith("PUT", StringComparison.Ordinal) && answer.EndsWith("200", StringComparison.Ordinal)).CountBy(answer => answer),
            put => Assert.Equal(1, put.Value)); // D6: nothing was written twice
        Assert.True(n > 20, $"only {n} requests");
    }

    [Fact]
    public async Task A_checksum_that_is_not_the_one_sent_is_settled_by_reading_back()
    {
        using var lab = new S3Lab(server);
        var written = await lab.WriteAsync(3);
        await using var proxy = await MisbehavingProxy.StartAsync(server.Endpoint);
        proxy.Misbehave = async exchange =>
        {
            if (exchange.Method != "HEAD") return false;
            await exchange.AnswerAsync(await exchange.PassOnAsync(), headers =>
            {
                if (headers.ETag.Count > 0) headers.ETag = "\"00000000000000000000000000000000\"";
            });
            return true;
        };
        var status = await lab.ShipAsync(server.Options(proxy.Endpoint));
        Assert.Equal((0, 0), (status.UnshippedSegments, status.SetAside));
        Assert.Contains(proxy.Requests, request => request.StartsWith("GET", StringComparison.Ordinal));
        await lab.CheckAsync(written);
    }

    [Fact]
    public async Task D6_content_that_reads_back_otherwise_keeps_the_local_file()
    {
        using var lab = new S3Lab(server);
        var written = await lab.WriteAsync(3);
        await using var proxy = await MisbehavingProxy.StartAsync(server.Endpoint);
        proxy.Misbehave = async exchange =>
        {
            if (exchange.Method != "HEAD") return false;
            await exchange.AnswerAsync(await exchange.PassOnAsync(), headers =>
            {
                if (headers.ContentLength > 0) headers.ContentLength = headers.ContentLength - 1;
            });
            return true;
        };
        var status = await lab.ShipAsync(server.Options(proxy.Endpoint));
        Assert.Equal(3, status.SetAside);
        Assert.Equal(3, Directory.GetFiles(lab.Directory).Count(f => f.Contains(".clef", StringComparison.Ordinal)));
        Assert.Equal(written.Count, lab.Notices.Count(notice => notice.Name == "SegmentSetAside"));
    }

    [Fact]
    public async Task A_line_that_is_slower_than_the_timeout_still_ships()
    {
        using var lab = new S3Lab(server);
        var written = await lab.WriteAsync(1, bytes: 200_000);
        lab.Options.BytesPerSecond = 60_000; // more than 3 s for the body
        var options = server.Options();
        options.RequestTimeout = TimeSpan.FromSeconds(1);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        await lab.ShipAsync(options);
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(3));
        Assert.Empty(lab.Notices);
        await lab.CheckAsync(written);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_without_conditional_puts_is_found_out_and_shipped_to(bool refuses)
    {
        using var lab = new S3Lab(server);
        var written = await lab.WriteAsync(4);
        var victim = written.OrderBy(f => f.Key).ElementAt(2);
        await lab.PutAsync(lab.KeyOf(victim.Value, victim.Key), "planted");
        await using var proxy = await MisbehavingProxy.StartAsync(server.Endpoint);
        proxy.Misbehave = async exchange =>
        {
            if (!exchange.Headers.ContainsKey("If-None-Match")) return false;
            if (refuses) return await exchange.FailAsync(HttpStatusCode.NotImplemented, "NotImplemented");
            var answer = await exchange.PassOnAsync();
            if (answer.StatusCode == HttpStatusCode.PreconditionFailed) answer.StatusCode = HttpStatusCode.OK; // the condition is signed, so it cannot be taken out
            await exchange.AnswerAsync(answer);
            return true;
        };
        var options = server.Options(proxy.Endpoint);
        var notices = new List<string>();
        options.OnNotice = notice => notices.Add(notice.Name);
        lab.Options.Parallel = 1;
        var status = await lab.ShipAsync(options);
        Assert.Equal((0, 1, 3), (status.UnshippedSegments, status.SetAside, status.Shipped));
        Assert.Equal(["NoConditionalPut"], notices);
        var objects = await lab.ObjectsAsync();
        Assert.Equal("planted"u8, objects[lab.KeyOf(victim.Value, victim.Key)]);
        Assert.Equal(4, objects.Count);
    }

    [Fact]
    public async Task A_server_that_refuses_the_condition_at_the_end_of_parts_is_shipped_to()
    {
        using var lab = new S3Lab(server);
        var written = await lab.WriteAsync(1, bytes: 20_000_000);
        await using var proxy = await MisbehavingProxy.StartAsync(server.Endpoint);
        var refused = 0;
        proxy.Misbehave = async exchange => exchange.Method == "POST" && exchange.Headers.ContainsKey("If-None-Match") &&
            ++refused > 0 && await exchange.FailAsync(HttpStatusCode.NotImplemented, "NotImplemented");
        var options = server.Options(proxy.Endpoint);
        options.MultipartBytes = 16 << 20;
        await lab.ShipAsync(options);
        Assert.Equal(1, refused);
        Assert.Empty(lab.Notices);
        await lab.CheckAsync(written);
        Assert.Equal(0, await lab.UploadsLeftAsync());
    }

    private static async Task<bool> DoAsync(Fault fault, MisbehavingProxy.Exchange exchange)
    {
        switch (fault)
        {
            case Fault.Error500:
                return await exchange.FailAsync(HttpStatusCode.InternalServerError, "InternalError");
            case Fault.Error500AfterDoing:
                (await exchange.PassOnAsync()).Dispose();
                return await exchange.FailAsync(HttpStatusCode.InternalServerError, "InternalError");
            case Fault.SlowDown:
                return await exchange.FailAsync(HttpStatusCode.ServiceUnavailable, "SlowDown");
            case Fault.Conflict409:
                return await exchange.FailAsync(HttpStatusCode.Conflict, "ConditionalRequestConflict");
            case Fault.Reset:
                return exchange.Reset();
            case Fault.ResetAfterDoing:
                (await exchange.PassOnAsync()).Dispose();
                return exchange.Reset();
            case Fault.Hang:
                return await exchange.HangAsync();
            case Fault.HangAfterDoing:
                (await exchange.PassOnAsync()).Dispose();
                return await exchange.HangAsync();
            case Fault.TruncatedAnswer:
                await exchange.AnswerAsync(await exchange.PassOnAsync(), truncate: true);
                return true;
            default: // says that it is done, and does not do it
                return exchange.IsPut && await exchange.FailAsync(HttpStatusCode.OK, "");
        }
    }
}
