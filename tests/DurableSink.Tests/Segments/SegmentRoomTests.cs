using DurableSink.Segments;
using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

public sealed class SegmentRoomTests : IDisposable
{
    private const long SegmentBytes = 64 << 20;
    private const long Mebibyte = 1 << 20;

    private readonly DriveGate _gate = new(TimeProvider.System);
    private readonly ILogDirectory _directory = LogLab.Open(LogLab.Drive());

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(PreallocationMode.Written)]
    [InlineData(PreallocationMode.Reserved)]
    public void Room_is_doubled(PreallocationMode mode)
    {
        var room = Room(mode);
        using var file = _directory.Create("segment", Access.Segment);
        var segment = Segment(file, room.Prepare(file), written: Mebibyte / 2 + 4096, commits: 1000);
        Assert.True(room.IsShort(segment));
        Assert.True(room.Extend(segment));
        Assert.Equal(2 * Mebibyte, segment.Room);
        Assert.False(room.IsShort(segment));
    }

    /// <summary>Its keeper was busy with the segment before. Once behind, it was asked again with each commit, and did nothing.</summary>
    [Theory]
    [InlineData(PreallocationMode.Written)]
    [InlineData(PreallocationMode.Reserved)]
    public void A_segment_that_outran_its_room_gets_some_again(PreallocationMode mode)
    {
        var room = Room(mode);
        using var file = _directory.Create("segment", Access.Segment);
        var segment = Segment(file, room.Prepare(file), written: 5 * Mebibyte, commits: 1000);
        Assert.True(room.IsShort(segment));
        Assert.True(room.Extend(segment));
        Assert.Equal(10 * Mebibyte, segment.Room);
        Assert.False(room.IsShort(segment));
    }

    [Theory]
    [InlineData(PreallocationMode.Written, 1000, true)]
    [InlineData(PreallocationMode.Written, 100, false)]
    [InlineData(PreallocationMode.Reserved, 100, true)]
    [InlineData(PreallocationMode.None, 1000, false)]
    public void Only_small_commits_are_worth_writing_everything_twice(PreallocationMode mode, long commits, bool isShort)
    {
        using var file = _directory.Create("segment", Access.Segment);
        Assert.Equal(isShort, Room(mode).IsShort(Segment(file, Mebibyte, written: Mebibyte, commits)));
    }

    [Fact]
    public void Room_ends_with_the_segment()
    {
        var room = Room(PreallocationMode.Written);
        using var file = _directory.Create("segment", Access.Segment);
        var segment = Segment(file, SegmentBytes / 2, written: SegmentBytes / 2, commits: 100_000);
        Assert.True(room.Extend(segment));
        Assert.Equal(SegmentBytes, segment.Room);
        segment.Written = SegmentBytes;
        Assert.False(room.IsShort(segment));
    }

    private SegmentRoom Room(PreallocationMode mode) => new(_gate, mode, SegmentBytes);

    private static ActiveSegment Segment(ILogFile file, long room, long written, long commits) => new(file, null!, room) { Written = written, Commits = commits };
}
