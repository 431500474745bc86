using System.Globalization;
using System.Text;
using System.Text.Json;
using DurableSink.Tooling;
using SegmentShipper;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

/// <summary>Evidence that is checked from the target alone: a chain of digests over 100 segments, and what was done to one object of it.</summary>
public sealed class VerifyStoredTests(ShippedChains chains) : ToolTest, IClassFixture<ShippedChains>
{
    private const int Segments = ShippedChains.Segments;

    private readonly ChainClock _time = new();

    private string Target => Temp["shipped"];

    private string KeyFile => Temp["key.pem"];

    private string PublicFile => Temp["key.public.pem"];

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Gzip)]
    public async Task A_chain_over_100_segments_verifies(Compression compression)
    {
        await ShipAsync(compression);
        var ran = Run("verify", "dir:" + Target, "--key", PublicFile);
        Assert.Equal("", ran.Error);
        Assert.Equal(Exits.Done, ran.Exit);
        Assert.Contains("100 segments, 100 events", ran.Out, StringComparison.Ordinal);
        Assert.Contains("integrity:    whole (every line's hash, the order of numbers, 100 seals, 99 links of the chain, 100 signatures, 20 digests)", ran.Out, StringComparison.Ordinal);
        Assert.Contains("completeness: complete (events 1 to 100)", ran.Out, StringComparison.Ordinal);
        Assert.Equal(Exits.Done, Run("verify", Target).Exit); // its path alone is enough, and so is no key
    }

    /// <summary>What was done, to which object (of digests: 3 of 20), and the verdicts, which name it.</summary>
    public static TheoryData<string, string, string, string> Tamperings => new()
    {
        { "remove", "segment", "whole", "incomplete" },
        { "remove the last", "segment", "whole", "incomplete" },
        { "truncate", "segment", "damaged", "incomplete" },
        { "empty", "segment", "damaged", "incomplete" },
        { "swap", "segment", "damaged", "complete" },
        { "edit", "segment", "damaged", "incomplete" },
        { "forge", "segment", "damaged", "complete" },
        { "remove", "digest", "whole", "incomplete" },
        { "remove the first", "digest", "whole", "incomplete" },
        { "truncate", "digest", "damaged", "complete" },
        { "swap", "digest", "damaged", "complete" },
        { "edit", "digest", "damaged", "complete" },
    };

    [Theory]
    [MemberData(nameof(Tamperings))]
    public async Task What_was_done_to_an_object_is_noticed_and_named(string done, string kind, string integrity, string completeness)
    {
        await ShipAsync(Compression.None);
        var objects = Objects().Where(path => path.Contains("/digests/", StringComparison.Ordinal) == (kind == "digest")).ToList();
        var victim = done switch { "remove the last" => objects[^1], "remove the first" => objects[0], _ => objects[2] };
        Tamper(done, victim, objects[7]);
        var (exit, verdict) = Verify("--key", PublicFile);
        Assert.Equal(Exits.Damaged, exit);
        Assert.Equal((integrity, completeness), (verdict.GetProperty("integrity").GetString(), verdict.GetProperty("completeness").GetString()));
        AssertNamed(verdict, done, kind, victim);
    }

    [Fact]
    public async Task Without_digests_and_keys_a_forged_segment_breaks_the_chain_and_a_missing_last_one_is_not_seen()
    {
        await ShipAsync(Compression.None, digests: false, signs: false);
        var objects = Objects();
        new FileInfo(objects[^1]).Delete();
        var (exit, verdict) = Verify();
        Assert.Equal(Exits.Done, exit);
        Assert.Contains(Texts(verdict), text => text.Contains("would not show", StringComparison.Ordinal));
        Tamper("forge", objects[2], objects[7]);
        (exit, verdict) = Verify();
        Assert.Equal(Exits.Damaged, exit);
        Assert.Contains(Texts(verdict), text => text.Contains(Path.GetFileName(objects[2]), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_whole_chain_that_somebody_else_made_is_told_by_the_key()
    {
        await ShipAsync(Compression.None, digests: false, signs: false); // without the key, as one who has not got it
        var (exit, verdict) = Verify("--key", WriteKey("other"));
        Assert.Equal(Exits.Damaged, exit);
        Assert.Equal(Segments, Texts(verdict).Count(text => text.Contains("it is not signed, and nothing that is signed vouches for it", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_key_that_came_later_vouches_for_what_was_before()
    {
        WriteKey("key");
        Write(Event(1));
        Write(o => o.SealKeyFile = KeyFile, Event(2));
        await ShipLogAsync(digests: false);
        var (exit, verdict) = Verify("--key", PublicFile);
        Assert.Equal((Exits.Done, 1), (exit, verdict.GetProperty("signatures").GetInt32()));
    }

    [Fact]
    public async Task Local_segments_are_checked_by_the_key_too()
    {
        await ShipAsync(Compression.None);
        var last = Directory.GetFiles(Dir, "*.clef").Max()!;
        Assert.Contains("1 signature)", Run("verify", last, "--key", PublicFile).Out, StringComparison.Ordinal);
        Assert.Contains("1 signature)", Run("verify", Dir, "--key", PublicFile).Out, StringComparison.Ordinal);
        var other = Run("verify", last, "--key", WriteKey("other"));
        Assert.Equal(Exits.Damaged, other.Exit);
        Assert.Contains("which was not given", other.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_log_has_a_verdict_of_its_own()
    {
        await ShipAsync(Compression.None);
        Directory.Delete(Dir, recursive: true);
        Write(Event(1)); // the same name on a new disk: another log
        await ShipLogAsync(digests: true);
        var lines = Run("verify", Target, "--json").Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([1, 100], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("events").GetInt32()).Order());
    }

    [Theory]
    [InlineData("dir:/no/such/place", "does not exist")]
    [InlineData("s3://", "Allowed: s3://BUCKET[/PREFIX], or dir:PATH")]
    [InlineData("s3://logs --endpoint localhost", "Endpoint is no address of a server")]
    [InlineData("dir:/tmp --region eu", "are for s3://")]
    [InlineData("dir:/tmp --key /no/such.pem", "--key is '/no/such.pem', which cannot be read")]
    [InlineData("dir:/tmp --receipt x", "--receipt needs the log's directory")]
    public void What_cannot_be_is_told_in_a_line(string arguments, string expected)
    {
        var ran = Run(["verify", .. arguments.Split(' ')]);
        Assert.Equal(Exits.Failed, ran.Exit);
        Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_without_logs_is_told()
    {
        Directory.CreateDirectory(Target);
        Assert.Contains("holds no log", Run("verify", "dir:" + Target).Error, StringComparison.Ordinal);
    }

    private async Task ShipAsync(Compression compression, bool digests = true, bool signs = true) =>
        _time.Now = await chains.CopyAsync(Temp.Path, compression, digests, signs);

    private async Task ShipLogAsync(bool digests)
    {
        await using var store = new DirectoryObjectStore(Target);
        using var shipper = DirectoryShipper.Open(Dir, store, ShippedChains.Options(digests ? KeyFile : null, digests, _time));
        await shipper.ShipAllAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Returns the public key's file.</summary>
    private string WriteKey(string name)
    {
        ShippedChains.WriteKey(Temp.Path, name);
        return Temp[name + ".public.pem"];
    }

    private List<string> Objects() => [.. Directory.GetFiles(Target, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static void Tamper(string done, string victim, string other)
    {
        var bytes = File.ReadAllBytes(victim);
        switch (done)
        {
            case "remove" or "remove the first" or "remove the last":
                new FileInfo(victim).Delete();
                break;
            case "truncate":
                File.WriteAllBytes(victim, bytes[..500]); // in the middle of the event
                break;
            case "empty":
                File.WriteAllBytes(victim, []);
                break;
            case "swap":
                File.WriteAllBytes(victim, File.ReadAllBytes(other));
                File.WriteAllBytes(other, bytes);
                break;
            case "edit":
                var text = Encoding.UTF8.GetString(bytes);
                File.WriteAllText(victim, text.Contains("\"N\":", StringComparison.Ordinal) ? text.Replace("\"N\":3", "\"N\":4", StringComparison.Ordinal) : text.Replace("\"Count\":1", "\"Count\":2", StringComparison.Ordinal));
                break;
            default:
                File.WriteAllBytes(victim, Forgery.Of(bytes));
                break;
        }
    }

    private void AssertNamed(JsonElement verdict, string done, string kind, string victim)
    {
        var findings = Texts(verdict).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} {kind}: {string.Join("\n    ", findings)}"));
        var name = victim[(Target.Length + 1)..];
        Assert.Contains(findings, text => !text.StartsWith("note", StringComparison.Ordinal) && text.Contains(name, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Texts(JsonElement verdict) => verdict.GetProperty("findings").EnumerateArray()
        .Select(f => $"{f.GetProperty("kind")} {(f.TryGetProperty("file", out var file) ? file.GetString() : "")}: {f.GetProperty("text")}");

    private (int Exit, JsonElement Verdict) Verify(params string[] more)
    {
        var ran = Run(["verify", "dir:" + Target, "--json", .. more]);
        Assert.Equal("", ran.Error);
        return (ran.Exit, JsonDocument.Parse(ran.Out).RootElement);
    }

    private static DurableEvent Event(long n) => ShippedChains.Event(n);
}
