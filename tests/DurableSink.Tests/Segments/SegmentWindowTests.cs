using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

public sealed class SegmentWindowTests : IDisposable
{
    private const int Step = 64 << 10;

    private readonly byte[] _bytes = new byte[(3 << 20) + 777];
    private readonly SimulatedDrive _drive;
    private readonly ILogDirectory _directory;
    private readonly ILogFile _file;

    public SegmentWindowTests()
    {
        new Random(1).NextBytes(_bytes);
        _drive = LogLab.Drive(("segment", _bytes));
        _directory = LogLab.Open(_drive);
        _file = _directory.Open("segment", Access.Segment, write: false);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Wherever_it_is_moved_it_shows_what_the_file_holds(bool readsAhead)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            using var window = new SegmentWindow(_file, Step, readsAhead);
            var offset = 0;
            for (var move = 0; move < 300; move++)
            {
                var wanted = 1 + random.Next(random.Next(20) == 0 ? 3 * Step : 2000);
                var bytes = window.From(offset, wanted);
                Assert.True(bytes.Length >= Math.Min(wanted, _bytes.Length - offset));
                Assert.True(bytes.SequenceEqual(_bytes.AsSpan(offset, bytes.Length)));
                offset = random.Next(30) == 0 ? random.Next(_bytes.Length) : offset + random.Next(bytes.Length + 1);
                if (offset >= _bytes.Length) offset = 0;
            }
        }
    }

    [Fact]
    public void It_reads_each_byte_once_and_ahead_only_once_it_is_moved_on()
    {
        var reads = Reads();
        using (var window = new SegmentWindow(_file, Step, readsAhead: true)) Assert.False(window.From(0, 100).IsEmpty);
        Assert.Single(reads); // who looks at one place waits for no more

        using (var window = new SegmentWindow(_file, Step, readsAhead: true))
        {
            for (var offset = 0; offset < _bytes.Length; offset += 1000) Assert.False(window.From(offset, 1000).IsEmpty);
        }

        Assert.Equal(1 + (_bytes.Length + Step - 1) / Step, reads.Count);
        Assert.Equal(reads.Count - 1, reads.Distinct().Count());
    }

    [Fact]
    public void What_is_under_way_has_ended_when_it_is_disposed()
    {
        using var isReading = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var (reads, ended) = (0, false);
        _drive.Called += (call, _, _, _) =>
        {
            if (call != DriveCall.Read || Interlocked.Increment(ref reads) != 3) return; // the first two are the caller's
            isReading.Set();
            go.Wait(TestContext.Current.CancellationToken);
            Volatile.Write(ref ended, true);
        };
        var window = new SegmentWindow(_file, Step, readsAhead: true);
        window.From(0, 1000);
        window.From(Step - 10, 1000);
        isReading.Wait(TestContext.Current.CancellationToken);
        var disposing = new Thread(window.Dispose);
        disposing.Start();
        Assert.False(disposing.Join(50));
        go.Set();
        disposing.Join();
        Assert.True(Volatile.Read(ref ended));
    }

    [Fact]
    public void What_fails_while_reading_ahead_fails_for_who_wants_it_and_only_then()
    {
        _drive.Called += (call, _, offset, _) =>
        {
            if (call == DriveCall.Read && offset > Step) throw new InvalidOperationException("a later piece");
        };
        using (var window = new SegmentWindow(_file, Step, readsAhead: true))
        {
            window.From(0, 1000);
            window.From(Step - 10, 1000); // the next read fails, and nobody wants it
        }

        using var other = new SegmentWindow(_file, Step, readsAhead: true);
        other.From(0, 1000);
        other.From(Step - 10, 1000);
        Assert.Equal("a later piece", Assert.Throws<InvalidOperationException>(() => other.From(2 * Step - 4096 - 10, 1000)).Message);
    }

    public void Dispose()
    {
        _file.Dispose();
        _directory.Dispose();
    }

    private List<long> Reads()
    {
        var reads = new List<long>();
        _drive.Called += (call, _, offset, _) =>
        {
            if (call != DriveCall.Read) return;
            lock (reads) reads.Add(offset);
        };
        return reads;
    }
}
