using System.Text;
using DurableSink.Segments;
using DurableSink.Storage;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>Rules 9 and 10, and D8, through <see cref="DurableLog.OpenOn"/>.</summary>
public sealed class OpeningTests
{
    [Fact]
    public void A_full_drive_does_not_keep_a_whole_log_from_opening_and_it_goes_on_when_there_is_room()
    {
        var drive = new SimulatedDrive();
        using (var log = DurableLog.OpenOn(drive, Options())) log.Append(DurableEvent.Create("Event {N}", 1));
        drive.FailNext(DriveCall.Create, Errno.ENOSPC, count: int.MaxValue, name: n => n.EndsWith(".spare", StringComparison.Ordinal));
        var options = Options();
        var notices = new List<DurableNotice>();
        options.OnNotice = notices.Add;
        using (var log = DurableLog.OpenOn(drive, options))
        {
            Assert.True(log.IsDirectIO);
            Assert.Equal("SpareFailed", Assert.Single(notices, n => n.Level > LogLevel.Information).Name);
            Assert.Throws<DurableLogException>(() => log.Append(DurableEvent.Create("Event {N}", 2)));
            drive.FailNoMore();
            log.Flush();
            Assert.Equal(2, log.DurableSequence);
        }
    }

    [Fact]
    public void A_lost_LOG_file_is_made_again_with_the_id_that_the_segments_name()
    {
        var drive = new SimulatedDrive();
        string id;
        using (var log = DurableLog.OpenOn(drive, Options()))
        {
            log.Append(DurableEvent.Create("Event {N}", 1));
            id = log.LogId;
        }

        using (var directory = drive.OpenDirectory(LogLab.Root, DirectorySettings.ForReading, create: false)) directory.Delete("LOG");
        using var again = DurableLog.OpenOn(drive, Options());
        Assert.Equal(id, again.LogId);
    }

    [Fact]
    public void Flipped_bytes_of_acknowledged_events_are_salvaged_reported_and_never_numbered_again()
    {
        var drive = new SimulatedDrive();
        string active;
        SimulatedDrive crashed;
        using (var log = DurableLog.OpenOn(drive, Options()))
        {
            for (var i = 1; i <= 30; i++) log.Append(DurableEvent.Create("Event {N}", i));
            crashed = drive.PowerCut(CutMode.None, 0);
            active = Assert.Single(LogLab.Names(crashed), n => n.EndsWith(".active", StringComparison.Ordinal));
        }

        var bytes = LogLab.Bytes(crashed, active);
        bytes[bytes.AsSpan().IndexOf("\"@seq\":12,"u8) - 5] ^= 1;
        bytes[bytes.AsSpan().IndexOf("\"@seq\":30,"u8) - 5] ^= 1; // the last one: its sector was written, so it is no torn tail
        crashed.Plant($"{LogLab.Root}/{active}", bytes);

        var notices = new List<DurableNotice>();
        var options = Options();
        options.OnNotice = notices.Add;
        using (var log = DurableLog.OpenOn(crashed, options))
        {
            var report = log.RecoveryReport;
            Assert.Equal(RecoveryOutcome.Salvaged, Assert.Single(report.Segments).Outcome);
            Assert.Equal([new SequenceRange(12, 12), new(30, 30)], report.Missing);
            Assert.Equal(29, report.LastSequence);
            Assert.Contains(notices, n => n.Name == "Recovered" && n.Message.Contains(active, StringComparison.Ordinal));
            Assert.Equal(31, log.Append(DurableEvent.Create("Event {N}", 0)));
        }

        Assert.Equal([.. LogLab.Range(1, 11), .. LogLab.Range(13, 29), 31], LogLab.SealedSequences(crashed));
        Assert.Contains(active.Replace(".active", ".damaged", StringComparison.Ordinal), LogLab.Names(crashed));
    }

    [Fact]
    public void A_gap_that_only_a_set_aside_file_names_is_declared_in_the_next_header()
    {
        var first = new SegmentText(1, "aaaaaaaa").Commit(10).Seal();
        var drive = LogLab.Drive((first.Name.Sealed, first.Exact()), (new SegmentText(11, "bbbbbbbb").Name.Active, [.. "?"u8]));
        using (var log = DurableLog.OpenOn(drive, Options()))
        {
            Assert.Equal(12, log.Append(DurableEvent.Create("Event")));
        }

        var name = Assert.Single(LogLab.Names(drive), n => n.Contains("00012-", StringComparison.Ordinal));
        using var directory = LogLab.Open(drive);
        using var file = directory.Open(name, DurableSink.Storage.Access.Segment, write: false);
        Assert.Equal([new SequenceRange(11, 11)], SealReader.ReadHeader(file)!.Missing);
    }

    [Fact]
    public void Opening_and_closing_again_changes_no_segment()
    {
        var drive = new SimulatedDrive();
        using (var log = DurableLog.OpenOn(drive, Options())) log.Append(DurableEvent.Create("Event"));
        var before = Segments(drive);
        for (var i = 0; i < 2; i++)
        {
            using var log = DurableLog.OpenOn(drive, Options());
            Assert.True(log.RecoveryReport.IsClean);
            Assert.Equal(1, log.LastSequence);
        }

        Assert.Equal(before, Segments(drive));
    }

    [Fact]
    public void A_LOG_file_of_another_name_a_newer_format_or_no_sense_is_refused_and_nothing_is_touched()
    {
        foreach (var (content, expected) in new[]
        {
            ("""{"Format":1,"LogId":"00","LogName":"invoices"}""", "invoices"),
            ("""{"Format":2,"LogId":"00","LogName":"orders"}""", "format version 2"),
            ("not json", "is not a log's identity"),
            ("", "is not a log's identity"),
        })
        {
            var text = new SegmentText().Commit(3);
            var drive = LogLab.Drive(("LOG", Encoding.UTF8.GetBytes(content)), (text.Name.Active, text.Active()));
            var error = Assert.Throws<DurableLogException>(() => DurableLog.OpenOn(drive, Options()));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            Assert.Equal(text.Active(), LogLab.Bytes(drive, text.Name.Active));
            using var directory = LogLab.Open(drive);
            Assert.NotNull(directory.TryLock("LOCK", "me", out _)); // let go of
        }
    }

    [Fact]
    public void The_log_keeps_its_id()
    {
        var drive = new SimulatedDrive();
        string id;
        using (var log = DurableLog.OpenOn(drive, Options())) id = log.LogId;
        Assert.Matches("^[0-9a-f]{32}$", id);
        using var again = DurableLog.OpenOn(drive.PowerCut(CutMode.None, 0), Options()); // durable before anything else is
        Assert.Equal(id, again.LogId);
    }

    [Fact]
    public void D8_a_second_writer_is_told_who_holds_the_directory()
    {
        var drive = new SimulatedDrive();
        using var log = DurableLog.OpenOn(drive, Options());
        var error = Assert.Throws<DurableLogLockedException>(() => DurableLog.OpenOn(drive, Options()));
        Assert.Equal(LogLab.Root, error.Directory);
        Assert.Contains($"process {Environment.ProcessId}", error.Holder, StringComparison.Ordinal);
        Assert.Contains(Environment.MachineName, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void D8_opening_waits_LockTimeout_for_the_holder_to_let_go()
    {
        var drive = new SimulatedDrive();
        var log = DurableLog.OpenOn(drive, Options());
        var tries = 0;
        drive.Called += (call, _, _, _) =>
        {
            if (call == DriveCall.Lock && ++tries == 3) log.Dispose();
        };
        var patient = Options();
        patient.LockTimeout = TimeSpan.FromMinutes(1);
        using var second = DurableLog.OpenOn(drive, patient);
        Assert.Equal(3, tries);
    }

    [Fact]
    public void A_long_wait_for_the_holder_is_told_once_and_names_it()
    {
        var drive = new SimulatedDrive();
        var log = DurableLog.OpenOn(drive, Options());
        var clock = new FakeClock();
        var notices = new List<DurableNotice>();
        var tries = 0;
        drive.Called += (call, _, _, _) =>
        {
            if (call != DriveCall.Lock) return;
            clock.Advance(TimeSpan.FromMilliseconds(600));
            if (++tries == 2) Assert.Empty(notices); // not after 0.6 s
            if (tries == 5) log.Dispose();
        };
        var patient = Options();
        (patient.LockTimeout, patient.TimeProvider, patient.OnNotice) = (TimeSpan.FromMinutes(1), clock, notices.Add);
        using var second = DurableLog.OpenOn(drive, patient);
        Assert.Equal(5, tries);
        var told = Assert.Single(notices, n => n.Name == "OpeningWaits");
        Assert.Equal(LogLevel.Warning, told.Level); // who stands at a terminal is told of warnings alone
        Assert.Contains($"process {Environment.ProcessId}", told.Message, StringComparison.Ordinal);
        Assert.Contains("00:01:00 (LockTimeout)", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void D8_Instance_opens_a_directory_of_its_own_with_a_notice_and_takes_an_abandoned_one_over()
    {
        var drive = new SimulatedDrive();
        var notices = new List<DurableNotice>();
        var options = Options();
        options.WhenLocked = LockedMode.Instance;
        options.OnNotice = notices.Add;
        using var first = DurableLog.OpenOn(drive, options);
        Assert.DoesNotContain(notices, n => n.Level > LogLevel.Information);
        using (var second = DurableLog.OpenOn(drive, options))
        {
            using var third = DurableLog.OpenOn(drive, options);
            Assert.Equal(($"{LogLab.Root}/instance-2", $"{LogLab.Root}/instance-3"), (second.Directory, third.Directory));
            Assert.NotEqual(first.LogId, second.LogId);
            second.Append(DurableEvent.Create("Event"));
        }

        var told = notices.FindAll(n => n.Level > LogLevel.Information);
        Assert.Equal(["OpenedInstance", "OpenedInstance"], told.Select(n => n.Name));
        Assert.Contains($"process {Environment.ProcessId}", told[0].Message, StringComparison.Ordinal);
        using var again = DurableLog.OpenOn(drive, options);
        Assert.Equal($"{LogLab.Root}/instance-2", again.Directory);
        Assert.Equal(1, again.LastSequence);
    }

    private static DurableLogOptions Options() => new()
    {
        Directory = LogLab.Root,
        LogName = "orders",
        Fsync = FsyncPolicy.Always,
        Preallocation = PreallocationMode.None,
        LockTimeout = TimeSpan.Zero,
    };

    private static string Segments(SimulatedDrive drive) =>
        string.Join('\n', LogLab.Snapshot(drive).Split('\n').Where(f => f.Contains(".clef", StringComparison.Ordinal)));
}
