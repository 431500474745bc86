using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.EachOption;

/// <summary>Preallocation, TailBlock and SegmentAge, as the drive sees them.</summary>
public sealed class RoomOptionTests : CommitTest
{
    private const int FirstStep = 1 << 20;

    [Theory]
    [InlineData(PreallocationMode.Written, FsyncPolicy.Os, true, PreallocationMode.Written)]
    [InlineData(PreallocationMode.Written, FsyncPolicy.Os, false, PreallocationMode.Written)]
    [InlineData(PreallocationMode.Reserved, FsyncPolicy.Always, true, PreallocationMode.Reserved)]
    [InlineData(PreallocationMode.None, FsyncPolicy.Always, true, PreallocationMode.None)]
    [InlineData(PreallocationMode.Auto, FsyncPolicy.Always, true, PreallocationMode.Written)]
    [InlineData(PreallocationMode.Auto, FsyncPolicy.Batch, true, PreallocationMode.Reserved)]
    [InlineData(PreallocationMode.Auto, FsyncPolicy.Os, true, PreallocationMode.Reserved)]
    [InlineData(PreallocationMode.Auto, FsyncPolicy.Always, false, PreallocationMode.None)]
    [InlineData(PreallocationMode.Auto, FsyncPolicy.Batch, false, PreallocationMode.None)]
    public void Preallocation_gives_room_as_asked_and_Auto_by_policy_and_file_system(
        PreallocationMode asked, FsyncPolicy policy, bool inPlace, PreallocationMode expected)
    {
        Drive.WritesInPlace = inPlace;
        using var log = Open(policy, o => (o.Preallocation, o.SegmentBytes) = (asked, 4 << 20));
        var spare = Drive.Bytes($"{Root}/{Assert.Single(Files(Drive, SegmentName.SpareSuffix))}")!;
        Assert.Equal(expected == PreallocationMode.Written ? FirstStep : 0, spare.Length);
        Assert.DoesNotContain(spare, b => b != LineTrailer.Newline); // filler is the newline
        Assert.Equal(expected == PreallocationMode.Reserved ? 1 : 0, Drive.Calls(DriveCall.Reserve));

        log.Append(Event(1));
        log.Flush();
        var active = Drive.Bytes($"{Root}/{Assert.Single(Active())}")!;
        Assert.Equal(expected == PreallocationMode.Written ? FirstStep : AlignedMemory.Alignment, active.Length);
    }

    [Theory]
    [InlineData(TailBlockMode.Rewrite)]
    [InlineData(TailBlockMode.Pad)]
    public void TailBlock_says_whether_an_acknowledged_block_is_written_again(TailBlockMode tail)
    {
        using var log = Open(FsyncPolicy.Always, o => o.TailBlock = tail);
        log.Append(Event(1));
        var (end, again) = ((long)AlignedMemory.Alignment, 0);
        Drive.Called += (call, name, offset, length) =>
        {
            if (call != DriveCall.Write || !IsActive(name)) return;
            if (offset < end) again++;
            end = Math.Max(end, offset + length);
        };
        for (var n = 2; n <= 10; n++) log.Append(Event(n));
        Assert.Equal(tail == TailBlockMode.Rewrite ? 9 : 0, again);
        Assert.Equal(tail == TailBlockMode.Rewrite ? AlignedMemory.Alignment : 10 * AlignedMemory.Alignment, end);
    }

    /// <summary>A follower by offset takes a file that became shorter for a new one, and hands all of it on again (D7).</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sealing_made_a_padded_segment_shorter_than_its_followers_had_read(bool isKilled)
    {
        var log = Open(FsyncPolicy.Always, Follow);
        Append(log, 1, 3);
        var drive = isKilled ? Drive.PowerCut(CutMode.None, 0) : Drive;
        var cuts = new List<(long From, long To)>();
        drive.Called += (call, name, length, _) =>
        {
            if (call == DriveCall.Truncate && IsActive(name)) cuts.Add((drive.Bytes($"{Root}/{name}")!.Length, length));
        };
        if (isKilled) DurableLog.OpenOn(drive, Options(FsyncPolicy.Always, Follow)).Dispose();
        log.Dispose();
        var (from, to) = Assert.Single(cuts);
        Assert.Equal(from, to); // room beyond the end goes all the same
        Assert.Equal(Numbers(1, 3), Read(drive));

        static void Follow(DurableLogOptions o) => (o.TailBlock, o.Preallocation) = (TailBlockMode.Pad, PreallocationMode.Reserved);
    }

    [Theory]
    [InlineData(600, 600)] // SegmentAge
    [InlineData(86_400, 3599)] // the full UTC hour comes first: the clock begins at 08:00:01
    [InlineData(3600, 3599)]
    public void SegmentAge_and_the_full_UTC_hour_end_a_segment(int age, int endsAfter)
    {
        var clock = new FakeClock();
        using var log = Open(FsyncPolicy.Always, o => (o.TimeProvider, o.SegmentAge) = (clock, TimeSpan.FromSeconds(age)));
        log.Append(Event(1));
        clock.Advance(TimeSpan.FromSeconds(endsAfter) - TimeSpan.FromTicks(1));
        log.Nudge();
        Soon.IsNot(() => Sealed().Count > 0);
        clock.Advance(TimeSpan.FromTicks(1));
        log.Nudge();
        Soon.Is(() => Sealed().Count == 1);
        clock.Advance(TimeSpan.FromDays(2)); // without events nothing is to be sealed
        log.Nudge();
        Soon.IsNot(() => Sealed().Count != 1 || Active().Count > 0);
    }
}
