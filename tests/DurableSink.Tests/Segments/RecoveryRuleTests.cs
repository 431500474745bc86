using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>One test and more for each rule of recovery: rules 3, 4 and 8 of DESIGN §4; 9 and 10 are in <see cref="RecoveryDamageTests"/>.</summary>
public sealed class RecoveryRuleTests
{
    [Fact]
    public void An_empty_directory_begins_with_1()
    {
        var result = LogLab.Recover(LogLab.Drive());
        Assert.Equal(1, result.NextSequence);
        Assert.True(result.Report.IsClean);
        Assert.Empty(result.Report.Missing);
        Assert.Null(result.PreviousSegmentId);
    }

    [Fact]
    public void A_whole_active_segment_is_sealed()
    {
        var text = new SegmentText().Commit(30);
        var drive = LogLab.Drive((text.Name.Active, text.Active(room: 1 << 20)));
        var result = LogLab.Recover(drive);
        Assert.Equal([text.Name.Sealed], LogLab.Names(drive));
        Assert.Equal(LogLab.Range(1, 30), LogLab.SealedSequences(drive));
        Assert.Equal((31, "aaaaaaaa"), (result.NextSequence, result.PreviousSegmentId));
        var segment = Assert.Single(result.Report.Segments);
        Assert.Equal((RecoveryOutcome.Sealed, 1, 30, 0), (segment.Outcome, segment.FirstSequence, segment.LastSequence, segment.BytesCut));
        Assert.False(result.Report.IsClean);
    }

    [Fact]
    public void A_second_opening_changes_no_byte()
    {
        var whole = new SegmentText(1, "aaaaaaaa").Commit(10).Seal();
        var torn = new SegmentText(11, "bbbbbbbb", previous: "aaaaaaaa").Commit(10).Raw("{\"@t\":\"half"u8);
        var drive = LogLab.Drive((whole.Name.Sealed, whole.Exact()), (torn.Name.Active, torn.Active(4096)), ("orders-01234567.spare", new byte[4096]));
        var first = LogLab.Recover(drive);
        var after = LogLab.Snapshot(drive);
        var second = LogLab.Recover(drive);
        Assert.Equal(after, LogLab.Snapshot(drive));
        Assert.True(second.Report.IsClean);
        Assert.Equal(first.NextSequence, second.NextSequence);
    }

    [Fact]
    public void Rule3_a_rewrite_that_holds_all_through_its_durable_replaces_the_old_tail()
    {
        var old = new SegmentText(1, "aaaaaaaa").Commit(30);
        var rewrite = new SegmentText(25, "bbbbbbbb", durable: 28, previous: "aaaaaaaa", origin: "aaaaaaaa", reason: "rewrite").Commit(20);
        var bytes = old.Active();
        bytes[old.Lines[27].Offset + 90] ^= 1; // the failed rewrite of the tail block left this
        var drive = LogLab.Drive((old.Name.Active, bytes), (rewrite.Name.Active, rewrite.Active()));
        var report = LogLab.Recover(drive).Report;
        Assert.Equal(LogLab.Range(1, 44), LogLab.SealedSequences(drive));
        Assert.Equal([(RecoveryOutcome.Superseded, 24L), (RecoveryOutcome.Sealed, 44L)], report.Segments.Select(s => (s.Outcome, s.LastSequence)));
        Assert.Empty(report.Missing);
    }

    [Fact]
    public void Rule3_a_rewrite_that_does_not_hold_all_through_its_durable_replaces_nothing()
    {
        var old = new SegmentText(1, "aaaaaaaa").Commit(30);
        var rewrite = new SegmentText(25, "bbbbbbbb", durable: 28, previous: "aaaaaaaa", origin: "aaaaaaaa", reason: "rewrite").Commit(2);
        var drive = LogLab.Drive((old.Name.Active, old.Active()), (rewrite.Name.Active, rewrite.Active()));
        var report = LogLab.Recover(drive).Report;
        Assert.Equal(LogLab.Range(1, 30), LogLab.SealedSequences(drive));
        Assert.Equal([RecoveryOutcome.SetAside, RecoveryOutcome.Sealed], report.Segments.Select(s => s.Outcome));
        Assert.Contains(rewrite.Name.Damaged, LogLab.Names(drive));
    }

    [Fact]
    public void Rule3_a_damaged_rewrite_that_went_on_beyond_the_old_tail_keeps_what_only_it_holds()
    {
        var old = new SegmentText(1, "aaaaaaaa").Commit(30);
        var rewrite = new SegmentText(25, "bbbbbbbb", durable: 28, previous: "aaaaaaaa", origin: "aaaaaaaa", reason: "rewrite").Commit(6).Commit(20);
        var bytes = rewrite.Active();
        bytes[rewrite.Lines[26].Offset + 90] ^= 1;
        var drive = LogLab.Drive((old.Name.Active, old.Active()), (rewrite.Name.Active, bytes));
        var result = LogLab.Recover(drive);
        Assert.Equal(LogLab.Range(1, 50), LogLab.SealedSequences(drive));
        Assert.Empty(result.Report.Missing);
        Assert.Equal(51, result.NextSequence);
    }

    [Fact]
    public void Rule3_a_rewrite_that_is_sealed_already_replaces_the_poisoned_segment_that_began_with_the_same_number()
    {
        var poisoned = new SegmentText(1, "aaaaaaaa").Commit(10);
        var rewrite = new SegmentText(1, "bbbbbbbb", durable: 10, previous: "aaaaaaaa", origin: "aaaaaaaa", reason: "rewrite").Commit(30).Seal();
        var next = new SegmentText(31, "cccccccc", previous: "bbbbbbbb").Commit(5);
        var drive = LogLab.Drive((poisoned.Name.Active, poisoned.Active()), (rewrite.Name.Sealed, rewrite.Exact()), (next.Name.Active, next.Active()));
        LogLab.Recover(drive);
        Assert.Equal(LogLab.Range(1, 35), LogLab.SealedSequences(drive));
        Assert.Contains(poisoned.Name.Damaged, LogLab.Names(drive));
    }

    [Fact]
    public void Rule4_a_successor_proves_what_is_below_it_so_what_is_missing_there_is_damage()
    {
        var first = new SegmentText(1, "aaaaaaaa").Commit(20);
        var second = new SegmentText(31, "bbbbbbbb", previous: "aaaaaaaa").Commit(5);
        var drive = LogLab.Drive((first.Name.Active, first.Active()), (second.Name.Active, second.Active()));
        var report = LogLab.Recover(drive).Report;
        Assert.Equal([.. LogLab.Range(1, 20), .. LogLab.Range(31, 35)], LogLab.SealedSequences(drive));
        Assert.Equal([new SequenceRange(21, 30)], report.Missing);
        Assert.Equal([RecoveryOutcome.Salvaged, RecoveryOutcome.Sealed], report.Segments.Select(s => s.Outcome));
    }

    [Fact]
    public void Rule8_a_seal_is_seal_line_flush_cut_fsync_rename_directory_flush()
    {
        var text = new SegmentText().Commit(30);
        var drive = LogLab.Drive((text.Name.Active, text.Active(room: 1 << 20)));
        var trace = new List<string>();
        drive.Called += (call, name, offset, _) =>
        {
            if (call is DriveCall.Write or DriveCall.Flush or DriveCall.FlushAll or DriveCall.Truncate or DriveCall.Rename or DriveCall.DirectoryFlush)
                trace.Add(call is DriveCall.Write ? $"Write at {offset}" : call.ToString());
        };
        LogLab.Recover(drive);
        var at = (text.Length + 4095) / 4096 * 4096;
        Assert.Equal(
            ["DirectoryFlush", "FlushAll", $"Write at {at}", "Flush", "Truncate", "FlushAll", "Rename", "DirectoryFlush"], trace);
    }

    [Fact]
    public void Rule8_a_seal_whose_rename_is_missing_is_finished()
    {
        var text = new SegmentText().Commit(30).Seal();
        var drive = LogLab.Drive((text.Name.Active, text.Active(room: 8192)));
        LogLab.Recover(drive);
        Assert.Equal([text.Name.Sealed], LogLab.Names(drive));
        Assert.Equal(text.Exact(), LogLab.Bytes(drive, text.Name.Sealed));
    }

    [Fact]
    public void Rule8_a_rename_by_link_that_was_cut_in_half_is_finished()
    {
        var text = new SegmentText().Commit(30);
        var crashed = LogLab.Drive((text.Name.Active, text.Active()));
        crashed.RenamesByLink = true;
        var renamed = false;
        crashed.Called += (call, _, _, _) =>
        {
            renamed |= call == DriveCall.Rename;
            if (renamed && call == DriveCall.DirectoryFlush) throw new CrashException(); // linked, not unlinked
        };
        Assert.Throws<CrashException>(() => LogLab.Recover(crashed));
        var drive = crashed.ProcessCrash();
        Assert.Equal([text.Name.Sealed, text.Name.Active], LogLab.Names(drive));

        LogLab.Recover(drive);
        Assert.Equal([text.Name.Sealed], LogLab.Names(drive.PowerCut(CutMode.None, 0)));
        Assert.Equal(LogLab.Range(1, 30), LogLab.SealedSequences(drive));
    }
}
