using System.IO.Compression;
using DurableSink.Tooling;
using SegmentShipper;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

public sealed class ShipTests : ToolTest
{
    private string Objects => Temp["objects"];

    private string Target => "dir:" + Objects;

    [Fact]
    public void Once_ships_what_is_sealed_and_removes_all_but_the_newest()
    {
        var written = WriteSegments(3);
        var ran = Run("ship", Dir, "--to", Target, "--once");
        Assert.Equal((0, ""), (ran.Exit, ran.Error));
        Assert.Equal($"3 segments shipped to {Target}; with what was shipped before, all events up to 3\n", ran.Out);
        Assert.Equal(written, Stored().ToDictionary(o => Path.GetFileName(o.Key)[33..], o => Convert.ToHexString(o.Value)));
        Assert.Equal([written.Keys.Max()], Directory.EnumerateFiles(Dir, "*.clef").Select(Path.GetFileName));

        ran = Run("ship", Dir, "--to", Target, "--once");
        Assert.Equal((0, ""), (ran.Exit, ran.Error));
        Assert.StartsWith("0 segments shipped", ran.Out, StringComparison.Ordinal);
        Assert.Equal(3, Stored().Count);
    }

    [Fact]
    public void Compressed_objects_unpack_to_the_segments()
    {
        var written = WriteSegments(2);
        Assert.Equal(0, Run("ship", Dir, "--to", Target, "--once", "--gzip").Exit);
        Assert.Equal(written, Stored().ToDictionary(o => Path.GetFileNameWithoutExtension(o.Key)[33..], o => Convert.ToHexString(Unzip(o.Value))));
    }

    [Fact]
    public async Task Watching_ships_what_comes_to_be_sealed_until_it_is_ended_and_says_what_is_left()
    {
        using var stop = new CancellationTokenSource();
        using var output = new MemoryStream();
        using var error = new StringWriter();
        await using var log = DurableLog.Open(new() { Directory = Dir, LogName = "orders" });
        var run = Task.Run(() => Tool.Run(["ship", Dir, "--to", Target, "--watch"], World(Stream.Null, output, error) with { Stop = stop.Token }), Token);
        for (var n = 1; n <= 3; n++)
        {
            await log.AppendAsync(DurableEvent.Create("Event {N}", n), Token);
            await log.SealAsync(Token);
            await Until(() => Stored().Count == n && Directory.GetFiles(Dir, "*.clef") is [var newest] && File.Exists(newest + ".shipped"), run);
        }

        await log.AppendAsync(DurableEvent.Create("Last"), Token);
        await stop.CancelAsync();
        Assert.Equal(Exits.Interrupted, await run);
        var text = System.Text.Encoding.UTF8.GetString(output.ToArray());
        Assert.Contains("3 segments shipped", text);
        Assert.Contains("all events up to 3\n", text);
        Assert.Matches(@"not sealed yet: events from 4 on, in orders-0+4-[0-9a-f]{8}\.clef\.active", text);
        Assert.Equal("", error.ToString());
    }

    [Fact]
    public async Task Watching_waits_for_a_log_that_is_not_there_yet()
    {
        using var stop = new CancellationTokenSource();
        using var output = new MemoryStream();
        using var error = new FirstLine();
        var run = Task.Run(() => Tool.Run(["ship", Dir, "--to", Target, "--watch"], World(Stream.Null, output, error) with { Stop = stop.Token }), Token);
        Assert.EndsWith("Waiting until there is one.", await error.Written.WaitAsync(TimeSpan.FromSeconds(20), Token), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Dir, "SHIP")));
        await using (var log = DurableLog.Open(new() { Directory = Dir, LogName = "orders" })) await log.AppendAsync(DurableEvent.Create("Event"), Token);
        await Until(() => Directory.GetFiles(Dir, "*.clef") is [var sealedOne] && File.Exists(sealedOne + ".shipped"), run);
        await stop.CancelAsync();
        Assert.Equal(Exits.Interrupted, await run);
        Assert.Contains("1 segment shipped", System.Text.Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watching_where_there_is_no_log_ends_when_it_is_told_to()
    {
        using var stop = new CancellationTokenSource();
        using var error = new FirstLine();
        var run = Task.Run(() => Tool.Run(["ship", Dir, "--to", Target, "--watch"], World(Stream.Null, Stream.Null, error) with { Stop = stop.Token }), Token);
        await error.Written.WaitAsync(TimeSpan.FromSeconds(20), Token);
        await stop.CancelAsync();
        Assert.Equal(Exits.Interrupted, await run);
    }

    [Fact]
    public void A_target_that_fails_is_told_and_nothing_is_removed()
    {
        var written = WriteSegments(3);
        File.WriteAllText(Objects, "no directory");
        var ran = Run("ship", Dir, "--to", Target, "--once");
        Assert.Equal(3, ran.Exit);
        Assert.Contains("left: 3 segments", ran.Out);
        Assert.Matches($@"^durable-log: Object '.*' in '{Objects}' .* Nothing was removed that is not there: run it again\.\n$", ran.Error);
        Assert.Equal(written.Count, Directory.GetFiles(Dir, "*.clef").Length);
    }

    [Fact]
    public void A_damaged_segment_is_set_aside_and_the_exit_code_says_so()
    {
        var written = WriteSegments(3);
        var damaged = Path.Combine(Dir, written.Keys.Min()!);
        var bytes = File.ReadAllBytes(damaged);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        var ran = Run("ship", Dir, "--to", Target, "--once");
        Assert.Equal(Exits.Damaged, ran.Exit);
        Assert.Contains("set aside: 1 segment;", ran.Out);
        Assert.Contains("is not shipped: ", ran.Error);
        Assert.Equal(2, Stored().Count);
        Assert.True(File.Exists(damaged + ".unshipped.damaged"));
    }

    [Fact]
    public async Task A_log_that_another_shipper_has_is_left_to_it()
    {
        WriteSegments(1);
        await using var store = new DirectoryObjectStore(Objects);
        using var other = DirectoryShipper.Open(Dir, store);
        var ran = Run("ship", Dir, "--to", Target, "--once");
        Assert.Equal((3, ""), (ran.Exit, ran.Out));
        Assert.Matches("^durable-log: Another shipper has the log directory .*: host .*\n$", ran.Error);
    }

    [Theory]
    [InlineData("Say one of --once (", "--to", "dir:/x")]
    [InlineData("Say one of --once (", "--to", "dir:/x", "--once", "--watch")]
    [InlineData("--to is '/mnt/archive'. Allowed: s3://BUCKET[/PREFIX], or dir:PATH.", "--to", "/mnt/archive", "--once")]
    [InlineData("Option '--to' is required.", "--once")]
    public void A_command_that_does_not_say_all_is_told_what_is_missing(string expected, params string[] options)
    {
        WriteSegments(1);
        var ran = Run(["ship", Dir, .. options]);
        Assert.Equal((Exits.Usage, ""), (ran.Exit, ran.Out));
        Assert.Contains(expected, ran.Error);
    }

    [Fact]
    public void Where_there_is_no_log_nothing_is_made()
    {
        Directory.CreateDirectory(Dir);
        Assert.Equal(3, Run("ship", Dir, "--to", Target, "--once").Exit);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Dir));
        Assert.False(Directory.Exists(Objects));
    }

    [Fact]
    public void A_server_is_not_asked_for_a_directory()
    {
        WriteSegments(1);
        var ran = Run("ship", Dir, "--to", Target, "--once", "--region", "eu");
        Assert.Equal(3, ran.Exit);
        Assert.Contains("--region", ran.Error);
        Assert.False(File.Exists(Path.Combine(Dir, "SHIP")));
    }

    [Fact]
    public void A_bucket_in_no_region_that_is_known_is_told_how_to_name_it()
    {
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true"); // or the SDK asks the network
        if (Amazon.Runtime.FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false) is not null) Assert.Skip("a region is configured here");
        WriteSegments(1);
        var ran = Run("ship", Dir, "--to", "s3://logs", "--once");
        Assert.Equal((3, ""), (ran.Exit, ran.Out));
        Assert.StartsWith("durable-log: 's3://logs': no region is known. Name it: --region", ran.Error, StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The files' names and contents.</summary>
    private Dictionary<string, string> WriteSegments(int count)
    {
        using (var log = DurableLog.Open(new() { Directory = Dir, LogName = "orders" }))
        {
            for (var n = 1; n <= count; n++)
            {
                log.Append(DurableEvent.Create("Event {N}", n));
                log.SealAsync().AsTask().GetAwaiter().GetResult();
            }
        }

        return Directory.GetFiles(Dir, "*.clef").ToDictionary(path => Path.GetFileName(path), path => Convert.ToHexString(File.ReadAllBytes(path)));
    }

    private Dictionary<string, byte[]> Stored() => Directory.Exists(Objects)
        ? Directory.GetFiles(Objects, "*.clef*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".part", StringComparison.Ordinal)).ToDictionary(path => path, File.ReadAllBytes)
        : [];

    private static byte[] Unzip(byte[] bytes)
    {
        using var plain = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress)) gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private static async Task Until(Func<bool> condition, Task run)
    {
        while (!condition())
        {
            Assert.False(run.IsCompleted, "it ended by itself");
            await Task.Delay(20, Token);
        }
    }

    private sealed class FirstLine : StringWriter
    {
        private readonly TaskCompletionSource<string> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Written => _written.Task;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            _written.TrySetResult(value!);
        }
    }
}
