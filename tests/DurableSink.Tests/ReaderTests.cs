using System.Text;
using DurableSink.Segments;
using DurableSink.Tests.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests;

/// <summary>DurableLogReader on a log at rest, or between two states that a test plants.</summary>
public sealed class ReaderTests
{
    [Fact]
    public void Reads_sealed_and_active_segments_in_order()
    {
        var first = new SegmentText(1, "aaaaaaaa").Commit(10).Seal();
        var second = new SegmentText(11, "bbbbbbbb").Commit(5).Commit(5);
        var records = Read(LogLab.Drive(Sealed(first), Active(second, 8192)));
        Assert.Equal("1-20", Show(records));
        Assert.Equal(first.Line(3), records[2].Json.ToArray());
        Assert.Equal((first.Name.Sealed, second.Name.Active), (records[0].Segment, records[^1].Segment));
        Assert.Equal(FixedTime.Start.AddSeconds(3), records[2].Timestamp);
        Assert.Equal(15, records.Last(r => !r.IsProvisional).Sequence); // the last commit is not known durable
    }

    [Theory]
    [InlineData(1, "1-20")]
    [InlineData(10, "10-20")]
    [InlineData(11, "11-20")]
    [InlineData(20, "20")]
    [InlineData(21, "")]
    [InlineData(1000, "")]
    public void Reads_from_a_sequence_number(long from, string expected)
    {
        var first = new SegmentText(1, "aaaaaaaa").Commit(10).Seal();
        var active = new SegmentText(11, "bbbbbbbb").Commit(10);
        Assert.Equal(expected, Show(Read(LogLab.Drive(Sealed(first), Active(active)), LogPosition.FromSequence(from))));
        var closed = new SegmentText(11, "bbbbbbbb").Commit(10).Seal();
        Assert.Equal(expected, Show(Read(LogLab.Drive(Sealed(first), Sealed(closed)), LogPosition.FromSequence(from))));
    }

    [Theory]
    [InlineData(-100, "1-30")]
    [InlineData(7, "7-30")]
    [InlineData(20, "20-30")]
    [InlineData(25, "25-30")]
    [InlineData(31, "")]
    public void Reads_from_a_time(int seconds, string expected)
    {
        var drive = LogLab.Drive(
            Sealed(new SegmentText(1, "aaaaaaaa").Commit(10).Seal()), Sealed(new SegmentText(11, "bbbbbbbb").Commit(10).Seal()),
            Active(new SegmentText(21, "cccccccc").Commit(10)));
        Assert.Equal(expected, Show(Read(drive, LogPosition.FromTime(FixedTime.Start.AddSeconds(seconds)))));
    }

    [Theory]
    [InlineData(203, false)]
    [InlineData(203, true)]
    [InlineData(9_001, true)]
    [InlineData(100_003, false)] // longer than what is shared, and than what is carried over
    public void A_great_segment_is_read_in_pieces_each_line_once_and_may_be_left_at_any(int length, bool isPadded)
    {
        var text = new SegmentText();
        while (text.Length < 5 << 19)
        {
            text.Commit(1 + (int)(text.Last % 7), length);
            if (isPadded) text.Pad();
        }

        foreach (var file in new[] { Sealed(text.Seal()), Active(text, 8192) })
        {
            var drive = LogLab.Drive(file);
            var records = Read(drive);
            Assert.Equal(text.Last, records.Count);
            foreach (var record in records)
            {
                var (offset, whole) = text.Lines[record.Sequence];
                Assert.True(record.Json.Span.SequenceEqual(file.Item2.AsSpan(offset, whole - 1)));
                Assert.Equal(FixedTime.Start.AddSeconds(record.Sequence), record.Timestamp);
            }

            foreach (var count in new[] { 1, text.Last / 2, text.Last - 1 })
                Assert.Equal(count, new DurableLogReader(LogLab.Root, drive).Read().Take((int)count).Last().Sequence);
        }
    }

    [Fact]
    public void A_line_keeps_little_else_from_being_collected()
    {
        var text = new SegmentText().Commit(2_000).Pad().Commit(1).Pad().Commit(1);
        var records = Read(LogLab.Drive(Active(text, 8192)));
        Assert.All(records, r => Assert.InRange(ArrayOf(r).Length, 1, 16 << 10));
        Assert.InRange(ArrayOf(records[^1]).Length, 1, 300); // of a thin one only itself

        static byte[] ArrayOf(LogRecord record) =>
            System.Runtime.InteropServices.MemoryMarshal.TryGetArray(record.Json, out var array) ? array.Array! : throw new InvalidOperationException();
    }

    [Fact]
    public void Removed_segments_are_a_gap_at_the_front_and_in_the_middle()
    {
        var drive = LogLab.Drive(Sealed(new SegmentText(11, "bbbbbbbb").Commit(10).Seal()), Active(new SegmentText(31, "dddddddd").Commit(5)));
        Assert.Equal("gap 1-10, 11-20, gap 21-30, 31-35", Show(Read(drive)));
        Assert.Equal("15-20, gap 21-30, 31-35", Show(Read(drive, LogPosition.FromSequence(15))));
        Assert.Equal("gap 25-30, 31-35", Show(Read(drive, LogPosition.FromSequence(25))));
        Assert.Equal("11-20, gap 21-30, 31-35", Show(Read(drive, LogPosition.FromTime(FixedTime.Start))));
    }

    [Fact]
    public void Events_that_a_salvage_declares_missing_are_a_gap()
    {
        var text = new SegmentText().Commit(20);
        var bytes = text.Active();
        bytes[text.Lines[1].Offset + 90] ^= 1;
        bytes[text.Lines[9].Offset + 90] ^= 1;
        var drive = LogLab.Drive((text.Name.Active, bytes));
        LogLab.Recover(drive);
        Assert.Equal("gap 1-1, 2-8, gap 9-9, 10-20", Show(Read(drive)));
    }

    [Fact]
    public void A_damaged_line_of_a_sealed_segment_is_a_gap()
    {
        var text = new SegmentText().Commit(20).Seal();
        var bytes = text.Exact();
        bytes[text.Lines[9].Offset + 90] ^= 1;
        bytes[text.Lines[20].Offset + 90] ^= 1;
        Assert.Equal("1-8, gap 9-9, 10-19, gap 20-20", Show(Read(LogLab.Drive((text.Name.Sealed, bytes)))));
    }

    [Fact]
    public void Never_half_a_line_while_a_commit_is_half_written()
    {
        var text = new SegmentText().Commit(10).Commit(10);
        var whole = text.Active(room: 8192);
        var drive = LogLab.Drive((text.Name.Active, whole));
        using var cursor = Cursor(drive);
        for (var end = text.Lines[11].Offset; end <= text.Length; end += 37)
        {
            var half = (byte[])whole.Clone();
            half.AsSpan(end).Fill(LineTrailer.Newline);
            drive.Plant($"{LogLab.Root}/{text.Name.Active}", half);
            var last = text.Lines.Where(l => l.Value.Offset + l.Value.Length - 1 <= end).Max(l => l.Key);
            Assert.Equal(last, Read(drive)[^1].Sequence);
            Assert.All(Poll(cursor), r => Assert.Equal(text.Line(r.Sequence), r.Json.ToArray()));
        }

        drive.Plant($"{LogLab.Root}/{text.Name.Active}", whole);
        Poll(cursor);
        Assert.Equal("", Show(Poll(cursor)));
        Assert.Equal("1-20", Show(Read(drive)));
    }

    // A commit's sectors arrive in any order: later lines may be whole before earlier ones.
    [Fact]
    public void A_commit_whose_end_is_seen_before_its_beginning_is_no_gap()
    {
        var text = new SegmentText().Commit(10).Commit(20);
        var whole = text.Active(room: 4096);
        var half = (byte[])whole.Clone();
        half.AsSpan(text.Lines[11].Offset, text.Lines[20].Offset - text.Lines[11].Offset).Fill(LineTrailer.Newline);
        var drive = LogLab.Drive((text.Name.Active, half));
        using var cursor = Cursor(drive);
        Assert.Equal("1-10", Show(Poll(cursor)));
        drive.Plant($"{LogLab.Root}/{text.Name.Active}", whole);
        Assert.Equal("11-30", Show(Poll(cursor)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(5 << 20)]
    public void Follows_an_active_segment_however_much_room_is_ahead(int room)
    {
        var drive = LogLab.Drive(Active(new SegmentText().Commit(10), room));
        using var cursor = Cursor(drive);
        Assert.Equal("1-10", Show(Poll(cursor)));
        Assert.Equal("", Show(Poll(cursor)));
        drive.Plant($"{LogLab.Root}/{new SegmentText().Name.Active}", new SegmentText().Commit(10).Commit(5).Active(room));
        Assert.Equal("11-15", Show(Poll(cursor)));
        drive.Plant($"{LogLab.Root}/{new SegmentText().Name.Active}", new SegmentText().Commit(10).Commit(5).Pad().Commit(1).Pad().Commit(70).Active(room));
        Assert.Equal("16-86", Show(Poll(cursor)));
    }

    [Fact]
    public void Provisional_events_that_a_crash_took_back_are_retracted_when_their_segment_is_sealed_without_them()
    {
        // Sealed shorter than what was read: within the block, a few blocks, and beyond a window.
        foreach (var lost in new[] { 1, 40, 8000 })
        {
            var before = new SegmentText().Commit(10).Commit(lost);
            var drive = LogLab.Drive(Active(before, 4096));
            using var cursor = Cursor(drive);
            Assert.Equal($"1-{10 + lost}", Show(Poll(cursor)));

            drive.Plant($"{LogLab.Root}/{before.Name.Active}", new SegmentText().Commit(10).Active(4096));
            LogLab.Recover(drive);
            Assert.Equal($"retracted 11-{10 + lost}", Show(Poll(cursor)));
            var next = new SegmentText(11, "bbbbbbbb").Commit(3, 210);
            drive.Plant($"{LogLab.Root}/{next.Name.Active}", next.Active());
            Assert.Equal("11-13", Show(Poll(cursor)));
        }
    }

    [Fact]
    public void Provisional_events_are_retracted_when_others_stand_under_their_numbers()
    {
        var before = new SegmentText().Commit(10).Commit(8000);
        var drive = LogLab.Drive(Active(before, 4096));
        using var cursor = Cursor(drive);
        Poll(cursor);
        drive.Plant($"{LogLab.Root}/{before.Name.Active}", new SegmentText().Commit(10).Active(4096));
        LogLab.Recover(drive);
        var next = new SegmentText(11, "bbbbbbbb").Commit(3, 210); // before the reader looks again
        drive.Plant($"{LogLab.Root}/{next.Name.Active}", next.Active());
        Assert.Equal("retracted 11-8010, 11-13", Show(Poll(cursor)));
    }

    [Fact]
    public void A_rewritten_tail_is_read_once()
    {
        var old = new SegmentText(1, "aaaaaaaa").Commit(30);
        var drive = LogLab.Drive(Active(old));
        using var cursor = Cursor(drive);
        Assert.Equal("1-30", Show(Poll(cursor)));
        var rewrite = new SegmentText(25, "bbbbbbbb", durable: 28, origin: "aaaaaaaa", reason: "rewrite").Commit(20);
        drive.Plant($"{LogLab.Root}/{rewrite.Name.Active}", rewrite.Active());
        Assert.Equal("31-44", Show(Poll(cursor)));
        Assert.Equal("1-44", Show(Read(drive)));
        LogLab.Recover(drive);
        Assert.Equal("1-44", Show(Read(drive)));
        Assert.Equal("", Show(Poll(cursor)));
    }

    [Fact]
    public void A_poisoned_segment_whose_tail_is_broken_gives_way_to_its_rewrite()
    {
        var old = new SegmentText(1, "aaaaaaaa").Commit(30);
        var bytes = old.Active();
        bytes[old.Lines[26].Offset + 90] ^= 1;
        var rewrite = new SegmentText(25, "bbbbbbbb", durable: 28, origin: "aaaaaaaa", reason: "rewrite").Commit(20);
        Assert.Equal("1-44", Show(Read(LogLab.Drive((old.Name.Active, bytes), Active(rewrite)))));
    }

    [Fact]
    public void Of_two_segments_that_begin_with_the_same_number_the_rewrite_is_read()
    {
        var old = new SegmentText(1, "bbbbbbbb").Commit(3);
        var rewrite = new SegmentText(1, "aaaaaaaa", durable: 0, origin: "bbbbbbbb", reason: "rewrite").Commit(7);
        Assert.Equal("1-7", Show(Read(LogLab.Drive(Active(old), Active(rewrite)))));
    }

    [Fact]
    public void A_newer_format_is_refused_naming_the_file()
    {
        var text = new SegmentText();
        var body = Encoding.UTF8.GetString(text.Header.ToBody()).Replace("\"@header\":1", "\"@header\":9", StringComparison.Ordinal);
        var line = new byte[body.Length + LineTrailer.Length(0, withDurable: true)];
        Encoding.UTF8.GetBytes(body, line);
        LineTrailer.Write(line, body.Length, 0, withDurable: true);
        LineTrailer.SetDurable(line, 0, 0);
        var error = Assert.Throws<DurableLogException>(() => Read(LogLab.Drive((text.Name.Active, line))));
        Assert.Contains("format version 9", error.Message, StringComparison.Ordinal);
        Assert.Contains(text.Name.Active, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_is_not_there_and_one_without_segments()
    {
        Assert.Throws<DurableIOException>(() => new DurableLogReader("/nowhere", new SimulatedDrive()).Read().Count());
        Assert.Empty(Read(LogLab.Drive(("LOG", "{}"u8.ToArray()))));
    }

    private static (string, byte[]) Active(SegmentText text, int room = 0) => (text.Name.Active, text.Active(room));

    private static (string, byte[]) Sealed(SegmentText text) => (text.Name.Sealed, text.Exact());

    private static List<LogRecord> Read(SimulatedDrive drive, LogPosition start = default) => [.. new DurableLogReader(LogLab.Root, drive).Read(start)];

    private static LogCursor Cursor(SimulatedDrive drive) => new(LogLab.Open(drive), default);

    /// <summary>All that a follower gets before it would wait.</summary>
    private static List<LogRecord> Poll(LogCursor cursor)
    {
        var records = new List<LogRecord>();
        while (cursor.Next() is { Count: > 0 } more) records.AddRange(more);
        return records;
    }

    /// <summary>Such as <c>gap 1-10, 11-20</c>.</summary>
    private static string Show(List<LogRecord> records)
    {
        var parts = new List<string>();
        for (var i = 0; i < records.Count; i++)
        {
            if (records[i].Kind != LogRecordKind.Event)
            {
                parts.Add($"{(records[i].Kind == LogRecordKind.Gap ? "gap" : "retracted")} {records[i].Sequence}-{records[i].LastSequence}");
                continue;
            }

            var first = i;
            while (i + 1 < records.Count && records[i + 1].Kind == LogRecordKind.Event && records[i + 1].Sequence == records[i].Sequence + 1) i++;
            parts.Add(first == i ? $"{records[i].Sequence}" : $"{records[first].Sequence}-{records[i].Sequence}");
        }

        return string.Join(", ", parts);
    }
}
