using System.Security.Cryptography;
using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>Great segments are read, checked and hashed in three threads; what is found must not depend on it.</summary>
public sealed class SegmentPassTests
{
    private const int Great = 5 << 20;

    [Theory]
    [InlineData(203)]
    [InlineData(4096)]
    [InlineData(100_003)]
    public void Lines_across_pieces(int length)
    {
        var text = Lines(length);
        using var scan = LogLab.Scan(text.Active(room: 8192));
        Assert.Null(scan.Hole);
        Assert.Equal((text.Last, text.Length), (scan.Count, scan.ValidEnd));
        Assert.Equal(SHA256.HashData(text.Exact()), scan.Sha256.GetCurrentHash());
    }

    [Fact]
    public void A_file_that_ends_where_a_piece_ends()
    {
        var bytes = Lines(512).Active();
        using var scan = LogLab.Scan(bytes[..(4 << 20)]);
        Assert.Equal(4 << 20, scan.FileLength);
        Assert.InRange(scan.ValidEnd, (4 << 20) - 512, 4 << 20);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Blocks_that_cannot_be_read_are_damage_and_all_around_them_is_whole(bool inParallel)
    {
        var text = Lines(200);
        using var drive = new Planted(text.Active());
        const long Bad = (3 << 20) + 4096;
        drive.Simulated.Called += (call, name, offset, length) =>
        {
            if (call == DriveCall.Read && offset <= Bad && Bad < offset + length) throw new DurableIOException("read", name, offset, 5, "");
        };
        using var scan = SegmentScanner.Scan(drive.File, inParallel: inParallel);
        var lost = text.Lines.Where(l => l.Value.Offset < Bad + 4096 && l.Value.Offset + l.Value.Length > Bad).Select(l => l.Key).Order().ToList();
        Assert.Equal((lost[0] - 1, text.Last), (scan.LastSequence, scan.MaxSequence));
        Assert.Equal(new SequenceRange(lost[^1] + 1, text.Last), Assert.Single(scan.Beyond).Sequences);
        Assert.False(scan.Hole!.LooksTorn);
        Assert.Equal(SHA256.HashData(text.Exact().AsSpan(0, text.Lines[lost[0]].Offset)), scan.Sha256.GetCurrentHash());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_fails_while_reading_ahead_fails_for_the_caller(bool inParallel)
    {
        using var drive = new Planted(Lines(200).Active());
        drive.Simulated.Called += (call, _, offset, _) =>
        {
            if (call == DriveCall.Read && offset >= 4 << 20) throw new InvalidOperationException("a later piece");
        };
        Assert.Equal("a later piece", Assert.Throws<InvalidOperationException>(() => SegmentScanner.Scan(drive.File, inParallel: inParallel)).Message);
    }

    [Fact]
    public void Only_the_recovery_of_a_great_segment_reads_in_another_thread()
    {
        Assert.Equal([Environment.CurrentManagedThreadId], ReadersOf(drive => LogLab.Recover(drive), Lines(200, 1 << 20)));
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, ReadersOf(drive => LogLab.Recover(drive), Lines(200, 9 << 20))[..1]);
        // As the keeper does, while the application logs.
        using var planted = new Planted(Lines(200).Active());
        var readers = Readers(planted.Simulated);
        SegmentScanner.Scan(planted.File).Dispose();
        Assert.Equal([Environment.CurrentManagedThreadId], readers.Distinct());
    }

    [Theory]
    [InlineData(1 << 14)]
    [InlineData(9 << 20)]
    public void A_predecessor_that_cannot_be_read_is_not_named_by_a_hash_of_other_bytes(int length)
    {
        var text = Lines(200, length).Seal();
        var drive = LogLab.Drive((text.Name.Sealed, text.Exact()));
        using var directory = LogLab.Open(drive);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(text.Exact())), Previous().Sha256);
        drive.Called += (call, name, offset, read) =>
        {
            if (call == DriveCall.Read && offset <= 8192 && 8192 < offset + read) throw new DurableIOException("read", name, offset, 5, "");
        };
        Assert.Null(Previous().Sha256);
        Assert.StartsWith("unreadable: ", Previous().Reason, StringComparison.Ordinal);

        PreviousHash Previous()
        {
            var chain = new SealedChain(directory);
            chain.StartFrom(text.Name.Sealed);
            return chain.Previous(previousId: null);
        }
    }

    [Fact]
    public void What_was_sealed_just_now_is_not_read_again_for_its_hash()
    {
        var text = Lines(200);
        var drive = LogLab.Drive((text.Name.Active, text.Active()));
        using var directory = LogLab.Open(drive);
        var chain = new Recovery(directory, LogLab.Identity, TailBlockMode.Rewrite, new FixedTime()).Run().Chain;
        var before = drive.Calls(DriveCall.Read);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(LogLab.Bytes(drive, text.Name.Sealed))), chain.Previous(text.Name.Id).Sha256);
        Assert.Equal(before, drive.Calls(DriveCall.Read));
    }

    private static SegmentText Lines(int length, int bytes = Great)
    {
        var text = new SegmentText();
        while (text.Length < bytes) text.Commit(Math.Max(1, 40_000 / length), length);
        return text;
    }

    private static List<int> ReadersOf(Action<SimulatedDrive> work, SegmentText text)
    {
        var drive = LogLab.Drive((text.Name.Active, text.Active()));
        var readers = Readers(drive);
        work(drive);
        return [.. readers.Distinct()];
    }

    private static List<int> Readers(SimulatedDrive drive)
    {
        var readers = new List<int>();
        drive.Called += (call, _, _, length) =>
        {
            if (call != DriveCall.Read || length < 1 << 17) return;
            lock (readers) readers.Add(Environment.CurrentManagedThreadId);
        };
        return readers;
    }

    private sealed class Planted : IDisposable
    {
        private readonly ILogDirectory _directory;

        public Planted(byte[] bytes)
        {
            Simulated = LogLab.Drive(("segment", bytes));
            _directory = LogLab.Open(Simulated);
            File = _directory.Open("segment", Access.Segment, write: false);
        }

        public SimulatedDrive Simulated { get; }

        public ILogFile File { get; }

        public void Dispose()
        {
            File.Dispose();
            _directory.Dispose();
        }
    }
}
