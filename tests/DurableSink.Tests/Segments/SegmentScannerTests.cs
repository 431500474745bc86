using System.Security.Cryptography;
using DurableSink.Segments;
using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

public sealed class SegmentScannerTests
{
    private const int Sector = 512;
    private const byte Newline = LineTrailer.Newline;

    [Fact]
    public void A_clean_active_segment()
    {
        var text = new SegmentText(11).Commit(3).Commit(20).Commit(2);
        using var scan = LogLab.Scan(text.Active(room: 1 << 20));
        Assert.Null(scan.Hole);
        Assert.Null(scan.Seal);
        Assert.Equal((25, 35, 35, 33), (scan.Count, scan.LastSequence, scan.MaxSequence, scan.MaxDurable));
        Assert.Equal(text.Lines[11].Offset, scan.FirstEventOffset);
        Assert.Equal(text.Length, scan.ValidEnd);
        Assert.InRange(scan.ContentEnd, text.Length - 1, text.Length);
        Assert.Equal(FixedTime.Start.AddSeconds(11).Ticks, scan.MinTicks);
        Assert.Equal(FixedTime.Start.AddSeconds(35).Ticks, scan.MaxTicks);
        Assert.Equal(SHA256.HashData(text.Exact()), scan.Sha256.GetCurrentHash());
    }

    [Fact]
    public void Padded_commits_with_filler_between()
    {
        var text = new SegmentText().Commit(3).Pad().Commit(1).Pad().Commit(60).Pad().Commit(1);
        using var scan = LogLab.Scan(text.Active(room: 8192));
        Assert.Null(scan.Hole);
        Assert.Equal((65, text.Length), (scan.Count, scan.ValidEnd));
        Assert.Equal(SHA256.HashData(text.Exact()), scan.Sha256.GetCurrentHash());
    }

    [Fact]
    public void A_segment_with_nothing_but_its_header()
    {
        var text = new SegmentText(7, durable: 5);
        using var scan = LogLab.Scan(text.Active());
        Assert.Equal((0, 6, 5), (scan.Count, scan.LastSequence, scan.MaxDurable));
        Assert.Null(scan.Hole);
    }

    [Fact]
    public void A_sealed_segment_ends_at_its_seal()
    {
        var text = new SegmentText().Commit(9).Seal();
        using var scan = LogLab.Scan([.. text.Exact(), .. new byte[] { Newline, Newline }]);
        Assert.Null(scan.Hole);
        Assert.Equal(9, scan.Seal!.Count);
        Assert.Equal(text.Length, scan.SealEnd);
    }

    [Fact]
    public void Numbers_that_a_salvage_declares_missing_break_no_order()
    {
        var declared = new SegmentText(3, missing: [new(1, 2), new(5, 6), new(8, 8), new(10, 12)]).Event(3).Event(4).Event(7).Event(9).Seal(last: 9);
        using var scan = LogLab.Scan(declared.Exact());
        Assert.Null(scan.Hole);
        Assert.Equal((4, 9, true), (scan.Count, scan.LastSequence, scan.Seal != null));

        var other = new SegmentText(3, missing: [new(5, 6)]).Event(3).Event(4).Event(8);
        using var broken = LogLab.Scan(other.Active());
        Assert.Equal((2, "event 8 where event 5 was to come"), (broken.Count, broken.Hole?.What));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(10)]
    public void A_seal_that_names_other_events_ends_nothing(long last)
    {
        using var scan = LogLab.Scan(new SegmentText().Commit(9).Seal(last: last).Active());
        Assert.Null(scan.Seal);
        Assert.NotNull(scan.Hole);
        Assert.Equal(last, scan.MaxDurable); // above 9 that says: acknowledged events are missing
    }

    [Fact]
    public void Lines_longer_than_a_window_and_lines_across_windows()
    {
        var text = new SegmentText().Commit(3);
        for (var i = 0; i < 12; i++) text.Commit(1, (1 << 20) - 100 + i).Commit(2, 70_000).Commit(1, 3 << 20);
        using var scan = LogLab.Scan(text.Active(room: 1 << 20));
        Assert.Null(scan.Hole);
        Assert.Equal((51, text.Length), (scan.Count, scan.ValidEnd));
        Assert.Equal(SHA256.HashData(text.Exact()), scan.Sha256.GetCurrentHash());
    }

    [Fact]
    public void The_longest_line_there_is()
    {
        var text = new SegmentText().Commit(1, 16 << 20).Commit(1);
        using var scan = LogLab.Scan(text.Active());
        Assert.Null(scan.Hole);
        Assert.Equal(2, scan.Count);
    }

    [Fact]
    public void Every_way_to_lose_sectors_of_the_last_commit_looks_torn()
    {
        for (var shift = 0; shift < 40; shift++) // so that lines, ends of lines and sectors meet in every way
        {
            var before = new SegmentText().Commit(4, 190 + shift);
            var after = Copy(before, 190 + shift).Commit(9, 203);
            byte[] old = before.Active(room: 4096), written = after.Active(room: 4096);
            for (var lost = 1; lost < 1 << 6; lost++) // the commit's sectors, from the one that it begins in
            {
                foreach (var filler in new byte[] { Newline, 0 })
                {
                    using var scan = LogLab.Scan(Lose(old, written, before.Length, lost, filler), inParallelToo: lost % 8 == 1);
                    Assert.InRange(scan.LastSequence, 4, 13);
                    if (scan.Hole != null) Assert.True(scan.Hole.LooksTorn, $"shift {shift}, lost {lost:b}, filler {filler}: {scan.Hole}");
                }
            }
        }
    }

    [Theory]
    [InlineData(300)]
    [InlineData(0)]
    public void A_flipped_bit_in_the_middle_is_damage(int into)
    {
        var text = new SegmentText().Commit(40);
        var bytes = text.Active();
        bytes[text.Lines[20].Offset + into % text.Lines[20].Length] ^= 1;
        using var scan = LogLab.Scan(bytes);
        Assert.False(scan.Hole!.LooksTorn);
        Assert.Equal(text.Lines[20].Offset, scan.Hole.Offset);
        Assert.Equal((19, 40), (scan.LastSequence, scan.MaxSequence));
        Assert.Equal([new LineRun(text.Lines[21].Offset, text.Length - text.Lines[21].Offset, new(21, 40))], scan.Beyond);
    }

    [Fact]
    public void Whole_lines_beyond_several_holes_come_in_runs()
    {
        var text = new SegmentText().Commit(50);
        var bytes = text.Active();
        foreach (var n in new[] { 10, 11, 30 }) bytes[text.Lines[n].Offset + 100] ^= 4;
        using var scan = LogLab.Scan(bytes);
        Assert.Equal(9, scan.LastSequence);
        Assert.Equal([new SequenceRange(12, 29), new(31, 50)], scan.Beyond.Select(r => r.Sequences));
        Assert.Equal(50, scan.MaxSequence);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(600)]
    public void A_damaged_header_leaves_lines_to_salvage(int at)
    {
        var text = new SegmentText().Commit(20);
        var bytes = text.Active();
        bytes[Math.Min(at, text.Lines[1].Offset - 2)] ^= 0x10;
        using var scan = LogLab.Scan(bytes);
        Assert.Null(scan.Header);
        Assert.False(scan.Hole!.LooksTorn);
        Assert.Equal([new SequenceRange(1, 20)], scan.Beyond.Select(r => r.Sequences));
    }

    [Fact]
    public void NUL_bytes_between_lines_are_a_hole_and_at_the_end_filler()
    {
        var text = new SegmentText().Commit(5).Pad();
        var end = text.Length;
        text.Raw(new byte[4096]).Commit(5);
        using var scan = LogLab.Scan(text.Active());
        Assert.Equal(5, scan.LastSequence);
        Assert.True(scan.Hole!.LooksTorn); // whole sectors
        Assert.Equal([new SequenceRange(6, 10)], scan.Beyond.Select(r => r.Sequences));

        var clean = new SegmentText().Commit(5).Pad().Raw(new byte[8192]);
        using var other = LogLab.Scan(clean.Active());
        Assert.Null(other.Hole);
        Assert.True(other.ContentEnd < end);
    }

    [Fact]
    public void A_line_out_of_order_is_damage()
    {
        using var skipped = LogLab.Scan(new SegmentText().Commit(5).Event(7).Event(8).Active());
        Assert.Equal(5, skipped.LastSequence);
        Assert.NotNull(skipped.Hole);
        Assert.Equal([new SequenceRange(7, 8)], skipped.Beyond.Select(r => r.Sequences));

        using var twice = LogLab.Scan(new SegmentText().Commit(5).Event(5).Active());
        Assert.Equal(5, twice.LastSequence);
        Assert.NotNull(twice.Hole);
    }

    [Fact]
    public void Lines_above_the_limit_are_superseded_and_no_hole()
    {
        var text = new SegmentText().Commit(20);
        using var scan = LogLab.Scan(text.Active(), limit: 12);
        Assert.True(scan.IsSuperseded);
        Assert.Null(scan.Hole);
        Assert.Equal((12, text.Lines[13].Offset), (scan.LastSequence, scan.ValidEnd));
        Assert.InRange(scan.ContentEnd, text.Length - 1, text.Length);
        Assert.Equal(20, scan.MaxSequence);
        Assert.Equal(SHA256.HashData(text.Exact().AsSpan(0, (int)scan.ValidEnd)), scan.Sha256.GetCurrentHash());
    }

    [Fact]
    public void A_file_without_a_single_newline()
    {
        using var scan = LogLab.Scan([.. Enumerable.Repeat((byte)'x', 100_000)]);
        Assert.Null(scan.Header);
        Assert.Equal((100_000, 0), (scan.ContentEnd, scan.ValidEnd));
    }

    [Fact]
    public void An_empty_file()
    {
        using var scan = LogLab.Scan([]);
        Assert.Null(scan.Header);
        Assert.Equal((0, 0, 0), (scan.ContentEnd, scan.ValidEnd, scan.MaxSequence));
    }

    [Fact]
    public void Every_flipped_bit_of_a_sealed_segment_is_noticed()
    {
        var bytes = new SegmentText().Commit(2).Pad().Commit(1).Seal().Exact();
        var seal = bytes.AsSpan().LastIndexOf(SegmentSeal.Mark);
        var drive = LogLab.Drive(("segment", bytes));
        using var directory = LogLab.Open(drive);
        using var file = directory.Open("segment", Access.Segment, write: true);
        for (var at = 0; at < bytes.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var flipped = (byte[])bytes.Clone();
                flipped[at] ^= (byte)(1 << bit);
                drive.Plant($"{LogLab.Root}/segment", flipped);
                using var scan = SegmentScanner.Scan(file);
                Assert.True(scan.Hole != null, $"bit {bit} of byte {at}");
                if (at >= seal) Assert.True(SealReader.Read(file) == null, $"bit {bit} of byte {at} in the seal");
            }
        }

        Console.WriteLine($"bit flips: {8 * bytes.Length} of {8 * bytes.Length} noticed");
        drive.Plant($"{LogLab.Root}/segment", bytes);
        using var whole = SegmentScanner.Scan(file);
        Assert.Null(whole.Hole);
        Assert.NotNull(whole.Seal);
    }

    /// <summary>The same beginning, to be continued otherwise.</summary>
    private static SegmentText Copy(SegmentText text, int length) => new SegmentText(text.Header.FirstSequence).Commit((int)text.Last, length);

    private static byte[] Lose(byte[] old, byte[] written, int from, int lost, byte filler)
    {
        var bytes = (byte[])written.Clone();
        for (var i = 0; i < 6; i++)
        {
            if ((lost & 1 << i) == 0) continue;
            var start = (from / Sector + i) * Sector;
            for (var at = start; at < start + Sector; at++) bytes[at] = at < from ? old[at] : filler;
        }

        return bytes;
    }
}
