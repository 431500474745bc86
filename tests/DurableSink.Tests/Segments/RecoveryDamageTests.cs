using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>Rules 9 and 10 of recovery: what is torn, what is damage, and what becomes of each.</summary>
public sealed class RecoveryDamageTests
{
    [Fact]
    public void Rule9_names_are_flushed_before_they_are_trusted_and_content_before_it_is_read()
    {
        var text = new SegmentText().Commit(3);
        var drive = LogLab.Drive((text.Name.Active, text.Active()));
        var trace = new List<DriveCall>();
        drive.Called += (call, _, _, _) => trace.Add(call);
        LogLab.Recover(drive);
        Assert.True(trace.IndexOf(DriveCall.DirectoryFlush) < trace.IndexOf(DriveCall.List));
        Assert.True(trace.IndexOf(DriveCall.FlushAll) < trace.IndexOf(DriveCall.DropCache));
        Assert.True(trace.IndexOf(DriveCall.DropCache) < trace.IndexOf(DriveCall.Read));
    }

    [Fact]
    public void Rule9_a_torn_tail_is_copied_durably_then_cut_and_its_numbers_are_used_again()
    {
        var text = new SegmentText().Commit(30);
        var end = text.Length;
        var tail = "{\"@mt\":\"never acknowledged "u8.ToArray();
        tail = [.. tail, .. Enumerable.Repeat((byte)'x', 1024 - (end + tail.Length) % 512)]; // to a sector's end
        var drive = LogLab.Drive((text.Name.Active, text.Raw(tail).Active(room: 4096)));
        var wasCopied = false;
        drive.Called += (call, name, offset, _) =>
        {
            if (call != DriveCall.Write || name != text.Name.Active) return;
            var copy = drive.PowerCut(CutMode.None, 0).Bytes($"{LogLab.Root}/{text.Name.DamagedTail(end)}");
            wasCopied = true;
            Assert.Equal(tail, copy);
        };
        var result = LogLab.Recover(drive);
        Assert.True(wasCopied);
        Assert.Equal(LogLab.Range(1, 30), LogLab.SealedSequences(drive));
        Assert.Equal(31, result.NextSequence);
        Assert.Empty(result.Report.Missing);
        var segment = Assert.Single(result.Report.Segments);
        Assert.Equal((RecoveryOutcome.Cut, (long)tail.Length), (segment.Outcome, segment.BytesCut));
        Assert.Contains(text.Name.DamagedTail(end), segment.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Rule9_what_durable_names_was_acknowledged_so_a_hole_below_it_is_damage_however_torn_it_looks()
    {
        // Lines 21 to 30 lost with their sectors; the header of a rewrite that was set aside, say, or a later line still names 30.
        var text = new SegmentText().Commit(20).Pad();
        text.Raw([.. Enumerable.Repeat(LineTrailer.Newline, 4096)]);
        text.Event(31, durable: 30).Event(32);
        var drive = LogLab.Drive((text.Name.Active, text.Active()));
        var result = LogLab.Recover(drive);
        Assert.Equal([.. LogLab.Range(1, 20), 31, 32], LogLab.SealedSequences(drive));
        Assert.Equal([new SequenceRange(21, 30)], result.Report.Missing);
        Assert.Equal(RecoveryOutcome.Salvaged, Assert.Single(result.Report.Segments).Outcome);
    }

    [Fact]
    public void Rule9_zeros_after_the_last_line_become_newlines_so_that_the_seal_covers_what_is_there()
    {
        foreach (var half in new[] { "", "{\"@t\":\"half" })
        {
            var text = new SegmentText().Commit(3).Raw(System.Text.Encoding.UTF8.GetBytes(half));
            var bytes = text.Active(room: 4096);
            bytes.AsSpan((text.Length + 511) / 512 * 512).Clear(); // the length arrived, these sectors did not
            var drive = LogLab.Drive((text.Name.Active, bytes));
            LogLab.Recover(drive);
            Assert.Equal(LogLab.Range(1, 3), LogLab.SealedSequences(drive)); // checks the SHA-256, and that no NUL is left
        }
    }

    [Fact]
    public void Rule9_a_valid_seal_ends_a_segment_and_what_follows_it_is_set_aside()
    {
        var text = new SegmentText().Commit(30).Seal();
        var drive = LogLab.Drive((text.Name.Active, [.. text.Exact(), .. "\nsomething else\n"u8]));
        LogLab.Recover(drive);
        Assert.Equal(text.Exact(), LogLab.Bytes(drive, text.Name.Sealed));
        var damaged = Assert.Single(LogLab.Names(drive), n => n.EndsWith(".damaged", StringComparison.Ordinal));
        Assert.Contains("something else", System.Text.Encoding.UTF8.GetString(LogLab.Bytes(drive, damaged)), StringComparison.Ordinal);
    }

    [Fact]
    public void Rule9_a_cut_that_was_itself_cut_short_does_not_shorten_the_copy()
    {
        var text = new SegmentText().Commit(30);
        var end = text.Length;
        text.Raw([.. Enumerable.Repeat((byte)'x', 5120 - end % 512)]).Raw([.. Enumerable.Repeat(LineTrailer.Newline, 512)]).Raw("y"u8);
        var original = LogLab.Drive((text.Name.Active, text.Active(room: 4096)));
        for (var seed = 0; seed < 20; seed++)
        {
            var crashed = original.ProcessCrash();
            crashed.Called += (call, name, _, _) =>
            {
                if (call == DriveCall.Flush && name == text.Name.Active) throw new CrashException();
            };
            Assert.Throws<CrashException>(() => LogLab.Recover(crashed));
            var drive = crashed.PowerCut(CutMode.Random, seed); // some sectors of the cut survive
            LogLab.Recover(drive);
            Assert.Equal(text.Exact()[end..], LogLab.Bytes(drive, text.Name.DamagedTail(end)));
            Assert.Equal(LogLab.Range(1, 30), LogLab.SealedSequences(drive));
        }
    }

    [Theory]
    [InlineData(nameof(DriveCall.Write))]
    [InlineData(nameof(DriveCall.Flush))]
    [InlineData(nameof(DriveCall.Truncate))]
    [InlineData(nameof(DriveCall.Rename))]
    public void Rule9_a_sealing_that_fails_leaves_the_active_name_and_opening_goes_on(string failing)
    {
        var first = new SegmentText(1, "aaaaaaaa").Commit(30);
        var second = new SegmentText(31, "bbbbbbbb", previous: "aaaaaaaa").Commit(3);
        var drive = LogLab.Drive((first.Name.Active, first.Active()), (second.Name.Active, second.Active()));
        drive.FailNext(Enum.Parse<DriveCall>(failing), Errno.EIO, name: n => n == first.Name.Active);
        var result = LogLab.Recover(drive);
        Assert.Equal([RecoveryOutcome.Left, RecoveryOutcome.Sealed], result.Report.Segments.Select(s => s.Outcome));
        Assert.Equal(34, result.NextSequence);
        Assert.Contains(first.Name.Active, LogLab.Names(drive));

        LogLab.Recover(drive);
        Assert.Equal(LogLab.Range(1, 33), LogLab.SealedLines(drive).Select(LogLab.SequenceOf));
    }

    [Fact]
    public void Rule10_damage_is_salvaged_and_what_is_missing_is_declared()
    {
        var text = new SegmentText().Commit(50);
        var bytes = text.Active(room: 1 << 20);
        foreach (var n in new[] { 10, 11, 30 }) bytes[text.Lines[n].Offset + 100] ^= 4;
        var drive = LogLab.Drive((text.Name.Active, bytes));
        var result = LogLab.Recover(drive);

        var salvage = Assert.Single(LogLab.Names(drive), n => n.EndsWith(".clef", StringComparison.Ordinal));
        Assert.Equal([.. LogLab.Range(1, 9), .. LogLab.Range(12, 29), .. LogLab.Range(31, 50)], LogLab.SealedSequences(drive));
        Assert.Equal(bytes, LogLab.Bytes(drive, text.Name.Damaged)); // the original, as it was
        using (var directory = LogLab.Open(drive))
        using (var file = directory.Open(salvage, Access.Segment, write: false))
        {
            var header = SealReader.ReadHeader(file)!;
            Assert.Equal(("aaaaaaaa", "salvage"), (header.OriginSegmentId, header.OriginReason));
            Assert.Equal([new SequenceRange(10, 11), new(30, 30)], header.Missing);
        }

        Assert.Equal([new SequenceRange(10, 11), new(30, 30)], result.Report.Missing);
        var segment = Assert.Single(result.Report.Segments);
        Assert.Equal((RecoveryOutcome.Salvaged, 50), (segment.Outcome, segment.LastSequence));
        Assert.Contains($"offset {text.Lines[10].Offset}", segment.Detail, StringComparison.Ordinal);
        Assert.Equal(51, result.NextSequence);
    }

    [Fact]
    public void Rule10_a_segment_with_nothing_whole_is_set_aside_and_its_numbers_are_not_used_again()
    {
        var first = new SegmentText(1, "aaaaaaaa").Commit(10).Seal();
        var second = new SegmentText(11, "bbbbbbbb").Commit(5);
        var drive = LogLab.Drive((first.Name.Sealed, first.Exact()), (second.Name.Active, [.. Enumerable.Repeat((byte)'?', 4096)]));
        var result = LogLab.Recover(drive);
        Assert.Equal([first.Name.Sealed, second.Name.Damaged], LogLab.Names(drive));
        Assert.Equal(12, result.NextSequence); // its name says that 11 was given out
        Assert.Equal([new SequenceRange(11, 11)], result.UndeclaredMissing);
        var again = LogLab.Recover(drive); // until a segment declares it
        Assert.Equal(12, again.NextSequence);
        Assert.Equal([new SequenceRange(11, 11)], again.UndeclaredMissing);
        Assert.Equal([new SequenceRange(11, 11)], again.Report.Missing);
    }

    [Fact]
    public void Rule10_the_next_number_exceeds_every_number_that_damage_names()
    {
        var text = new SegmentText().Commit(20).Event(30, durable: 40);
        var bytes = text.Active();
        bytes[text.Lines[20].Offset + 90] ^= 1;
        var drive = LogLab.Drive((text.Name.Active, bytes));
        Assert.Equal(41, LogLab.Recover(drive).NextSequence);
        Assert.Equal(41, LogLab.Recover(drive).NextSequence);
    }

    [Theory]
    [InlineData(100, 1)] // in its text
    [InlineData(-10, 1)] // in its hash
    [InlineData(-1, 1)] // its newline: with what follows it is filler
    [InlineData(100, 3)]
    public void Rule10_the_numbers_of_damaged_last_lines_are_missing_and_not_used_again(int at, int lines)
    {
        var text = new SegmentText().Commit(20);
        var bytes = text.Active();
        for (var n = 21 - lines; n <= 20; n++)
        {
            var (offset, length) = text.Lines[n];
            bytes[offset + (at < 0 ? length + at : at)] ^= 1;
        }

        var drive = LogLab.Drive((text.Name.Active, bytes));
        var result = LogLab.Recover(drive);
        Assert.Equal(21, result.NextSequence);
        Assert.Equal([new SequenceRange(21 - lines, 20)], result.Report.Missing);
        Assert.Equal(21, LogLab.Recover(drive).NextSequence);
    }

    [Fact]
    public void Rule10_both_the_salvage_and_the_original_present_means_finish_the_rename()
    {
        var damaged = new SegmentText(1, "aaaaaaaa").Commit(20);
        var bytes = damaged.Active();
        bytes[damaged.Lines[1].Offset + 90] ^= 1;
        var salvage = new SegmentText(2, "bbbbbbbb", origin: "aaaaaaaa", reason: "salvage", missing: [new(1, 1)]).Commit(19).Seal();
        var drive = LogLab.Drive((damaged.Name.Active, bytes), (salvage.Name.Sealed, salvage.Exact()));
        var report = LogLab.Recover(drive).Report;
        Assert.Equal([salvage.Name.Sealed, damaged.Name.Damaged], LogLab.Names(drive).Order(StringComparer.Ordinal).Reverse());
        Assert.Equal([new SequenceRange(1, 1)], report.Missing);
        Assert.Equal(LogLab.Range(2, 20), LogLab.SealedSequences(drive));
    }

    [Fact]
    public void Rule10_a_block_that_the_drive_cannot_read_costs_only_its_own_lines()
    {
        var text = new SegmentText().Commit(100);
        var drive = LogLab.Drive((text.Name.Active, text.Active()));
        drive.Called += (call, name, offset, length) =>
        {
            if (call == DriveCall.Read && offset <= 8192 && offset + length > 8192)
                throw new DurableIOException("pread", name, offset, Errno.EIO, "bad block");
        };
        LogLab.Recover(drive);
        var lost = text.Lines.Where(l => l.Value.Offset < 12288 && l.Value.Offset + l.Value.Length > 8192).Select(l => l.Key).ToList();
        Assert.Equal(LogLab.Range(1, 100).Except(lost), LogLab.SealedSequences(drive));
    }

    [Fact]
    public void A_sealed_file_without_a_valid_seal_stays_as_it_is_and_its_lines_say_how_far_the_log_went()
    {
        var text = new SegmentText().Commit(20).Seal();
        var bytes = text.Exact();
        bytes[^30] ^= 1;
        var drive = LogLab.Drive((text.Name.Sealed, bytes));
        var result = LogLab.Recover(drive);
        Assert.Equal(bytes, LogLab.Bytes(drive, text.Name.Sealed));
        Assert.Equal(21, result.NextSequence);
    }

    [Fact]
    public void A_spare_is_deleted_and_other_files_are_left_alone()
    {
        var drive = LogLab.Drive(("orders-01234567.spare", new byte[4096]), ("notes.txt", [1]), ("SHIP", []));
        Assert.Equal(1, LogLab.Recover(drive).Report.SparesDeleted);
        Assert.Equal(["SHIP", "notes.txt"], LogLab.Names(drive.PowerCut(CutMode.None, 0)));
    }
}
