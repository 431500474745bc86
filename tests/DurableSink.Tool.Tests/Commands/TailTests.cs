using System.IO.Pipelines;
using System.Text;
using DurableSink.Segments;
using DurableSink.Tests.Segments;
using DurableSink.Tooling;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Tooling.Commands;

public sealed class TailTests : ToolTest
{
    [Theory]
    [InlineData("", "16-25")]
    [InlineData("-n 3", "23-25")]
    [InlineData("--lines 12", "14-25")]
    [InlineData("-n 100", "1-25")]
    [InlineData("-n 0", "")]
    public void Shows_the_last_events_of_sealed_and_active_segments(string options, string expected)
    {
        Plant(Sealed(new SegmentText(1, "aaaaaaaa").Commit(20).Seal()), Active(new SegmentText(21, "bbbbbbbb").Commit(5), 8192));
        Assert.Equal(expected, Numbers(Tail(options)));
    }

    [Fact]
    public void Counts_only_events_that_match()
    {
        Write([.. Enumerable.Range(1, 1000).Select(n => new DurableEvent("m") { Level = n % 100 == 7 ? LogLevel.Error : LogLevel.Debug })]);
        Assert.Equal(["707", "807", "907"], Sequences(Tail("-n 3 --level Error")));
        Assert.Equal(10, Tail("-n 30 --level Error").Length);
        Assert.Empty(Tail("--level Fatal"));
    }

    [Fact]
    public void A_log_without_events_has_no_last_ones()
    {
        Write();
        Assert.Equal((0, "", ""), (Run("tail", Dir).Exit, Run("tail", Dir).Out, Run("tail", Dir).Error));
    }

    [Fact]
    public async Task Follows_through_rolls_and_restarts_without_an_event_missing_or_twice()
    {
        Write(Events(1, 5));
        await using var tail = new Following(this, "-n", "2");
        Assert.Equal(["4", "5"], await tail.Next(2));
        for (var run = 0; run < 3; run++)
        {
            Write(o => (o.SegmentBytes, o.MaxEventBytes) = (64 << 10, 1024), Events(6 + run * 1000, 1000));
            Assert.Equal(Enumerable.Range(6 + run * 1000, 1000).Select(n => n.ToString()), await tail.Next(1000));
        }
    }

    [Fact]
    public async Task Events_that_a_crash_took_back_are_said_to_be_gone()
    {
        var before = new SegmentText().Commit(10).Commit(5);
        Plant(Active(before, 4096));
        await using var tail = new Following(this, "-n", "100");
        Assert.Equal(15, (await tail.Next(15)).Count);
        Plant((before.Name.Active, new SegmentText().Commit(10).Active(4096)));
        Write(Events(1, 1));
        Assert.Equal(["11"], await tail.Next(1));
        Assert.Contains("events 11 to 15, shown above, did not survive a crash of the writer", tail.Error);
    }

    [Fact]
    public async Task A_reader_that_went_away_ends_it_quietly()
    {
        Write(Events(1, 5));
        await using var tail = new Following(this, "-n", "1");
        await tail.Next(1);
        tail.Leave();
        Write(Events(6, 1));
        Assert.Equal(Exits.BrokenPipe, await tail.Exit.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal("", tail.Error);
    }

    [Fact]
    public async Task A_reader_that_goes_away_while_nothing_happens_ends_it_too()
    {
        Write(Events(1, 5));
        await using var tail = new Following(this, "-n", "1");
        await tail.Next(1);
        tail.IsGone = true;
        Assert.Equal(Exits.BrokenPipe, await tail.Exit.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    private static DurableEvent[] Events(int first, int count) => [.. Enumerable.Range(first, count).Select(n => DurableEvent.Create("Order {N} {Text}", n, new string('.', 100)))];

    private string[] Tail(string options)
    {
        var ran = Run(["tail", Dir, "--json", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal((0, ""), (ran.Exit, ran.Error));
        return ran.Lines;
    }

    private static List<string> Sequences(IEnumerable<string> lines) => [.. lines.Select(l => SequenceOf(l).ToString())];

    private static string Numbers(string[] lines) => lines.Length == 0 ? "" : $"{SequenceOf(lines[0])}-{SequenceOf(lines[^1])}";

    private static long SequenceOf(string line) => LineTrailer.TryRead(Encoding.UTF8.GetBytes(line), out var sequence, out _) ? sequence : throw new InvalidDataException(line);

    /// <summary><c>tail -f --json</c> on a thread of its own, read line by line.</summary>
    private sealed class Following : IAsyncDisposable
    {
        private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));
        private readonly CancellationTokenSource _stop = new();
        private readonly StringWriter _error = new() { NewLine = "\n" };
        private readonly StreamReader _lines;
        private readonly TaskCompletionSource<int> _exit = new();

        public Following(TailTests test, params string[] options)
        {
            _lines = new StreamReader(_pipe.Reader.AsStream());
            var output = new PipeEnd(_pipe.Writer.AsStream());
            var world = test.World(Stream.Null, output, _error) with { Stop = _stop.Token, IsReaderGone = () => IsGone };
            new Thread(() => _exit.SetResult(Tool.Run(["tail", test.Dir, "-f", "--json", .. options], world))) { IsBackground = true }.Start();
            Leave = () => output.IsBroken = true;
        }

        public volatile bool IsGone;

        public Task<int> Exit => _exit.Task;

        public string Error => _error.ToString();

        public Action Leave { get; }

        public async Task<List<string>> Next(int count)
        {
            var lines = new List<string>();
            while (lines.Count < count) lines.Add((await _lines.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken))!);
            return Sequences(lines);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _exit.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            _stop.Dispose();
        }
    }

    /// <summary>An output that can break, as a pipe does.</summary>
    private sealed class PipeEnd(Stream stream) : MemoryStream
    {
        public volatile bool IsBroken;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (IsBroken) throw new DurableSink.Tooling.Terminal.BrokenPipeException();
            stream.Write(buffer);
            stream.Flush();
        }
    }
}
