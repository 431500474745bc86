using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>Whatever the sizes and modes, what was appended is what is read.</summary>
public sealed class LayoutTests : CommitTest
{
    public static TheoryData<FsyncPolicy, TailBlockMode, PreallocationMode> Modes
    {
        get
        {
            var data = new TheoryData<FsyncPolicy, TailBlockMode, PreallocationMode>();
            foreach (var policy in Enum.GetValues<FsyncPolicy>())
            {
                foreach (var tail in Enum.GetValues<TailBlockMode>())
                {
                    foreach (var room in Enum.GetValues<PreallocationMode>()) data.Add(policy, tail, room);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Every_mode_reads_back_equal_over_constantly_rolling_segments(FsyncPolicy policy, TailBlockMode tail, PreallocationMode room)
    {
        const int Segment = 64 << 10;
        Drive.SupportsDurableWrites = true;
        var random = new Random(7);
        using (var log = Open(policy, o =>
            (o.TailBlock, o.Preallocation, o.SegmentBytes, o.BufferBytes) = (tail, room, Segment, 64 << 10)))
        {
            // Lines that end before, at and after a block's end, big ones between small ones.
            for (var n = 1; n <= 200; n++)
            {
                var filling = n % 10 == 0 ? 15_500 : n % 3 == 0 ? 4096 - 120 + random.Next(-4, 4) : random.Next(300);
                Assert.Equal(n, log.Append(Event(n, filling)));
                if (n % 50 == 0) Soon.Done(log.FlushAsync(TestContext.Current.CancellationToken));
            }

            log.Flush();
            Assert.Equal(Numbers(1, 200), Read(Drive)); // the active one too
            Assert.Equal(Numbers(1, 200), AfterCut());
        }

        Assert.Equal(Numbers(1, 200), AfterCut());
        Assert.InRange(Sealed().Count, 5, 40);
        Assert.All(Sealed(), name => Assert.InRange(Drive.Bytes($"{Root}/{name}")!.Length, 1, Segment));
    }

    [Theory]
    [InlineData(TailBlockMode.Rewrite)]
    [InlineData(TailBlockMode.Pad)]
    public void Lines_that_end_exactly_at_a_block_s_end(TailBlockMode tail)
    {
        using var log = Open(FsyncPolicy.Always, o => o.TailBlock = tail);
        log.Append(Event(1));
        var writes = new List<(long Offset, int Length)>();
        Drive.Called += (call, _, offset, length) =>
        {
            if (call == DriveCall.Write) writes.Add((offset, length));
        };
        for (var n = 2; n <= 60; n++) log.Append(Event(n, 100 + n)); // ends move through the block
        Assert.Equal(Numbers(1, 60), AfterCut());
        for (var i = 1; i < writes.Count; i++)
        {
            if (tail == TailBlockMode.Pad) Assert.True(writes[i].Offset >= writes[i - 1].Offset + writes[i - 1].Length); // never touched again
            else Assert.True(writes[i].Offset <= writes[i - 1].Offset + writes[i - 1].Length);
        }
    }

    [Fact]
    public void Reserved_and_padded_a_log_only_ever_appends()
    {
        // D7: what a follower by offset has read never changes, and the end moves with events alone.
        using var log = Open(FsyncPolicy.Batch, o => (o.TailBlock, o.Preallocation) = (TailBlockMode.Pad, PreallocationMode.Reserved));
        var before = Array.Empty<byte>();
        for (var n = 1; n <= 40; n++)
        {
            log.Append(Event(n, n * 50));
            log.Flush();
            var now = Drive.Bytes($"{Root}/{Assert.Single(Active())}")!;
            Assert.True(now.AsSpan().StartsWith(before));
            Assert.True(now.Length > before.Length);
            before = now;
        }
    }
}
