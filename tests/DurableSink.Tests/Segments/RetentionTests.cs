using System.Text;
using DurableSink.Segments;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>Rule 11 through the engine: which segments go, when, in which order, and which never do.</summary>
public sealed class RetentionTests : CommitTest
{
    private const int Most = 128 << 10; // of which a segment of 64 KiB is for the one that is written

    private readonly FakeClock _clock = new();

    [Fact]
    public void RetainBytes_removes_the_oldest_and_null_keeps_all()
    {
        using (var log = Open(FsyncPolicy.Always, Small(null)))
        {
            SealOf(log, 1, 10);
            Soon.IsNot(() => Sealed().Count != 10);
        }

        var all = Sealed();
        using (var log = Open(FsyncPolicy.Always, Small(Most)))
        {
            Soon.Is(() => SealedBytes() <= Most / 2); // at the start, with no seal
            Assert.Equal(all.TakeLast(Sealed().Count), Sealed());
            var kept = SealedBytes();
            Assert.True(kept + 16_000 > Most / 2, $"Only {kept} are left."); // no more than has to
            for (var n = 11; n <= 20; n++)
            {
                SealOf(log, n, n);
                Soon.Is(() => SealedBytes() <= Most / 2);
            }
        }

        var gap = new DurableLogReader(Root, Drive).Read().First();
        Assert.Equal((LogRecordKind.Gap, 1), (gap.Kind, gap.Sequence));
        Assert.InRange(gap.LastSequence, 14, 19);
        Assert.Equal(Numbers(gap.LastSequence + 1, 20), LogLab.SealedSequences(Drive));
    }

    [Fact]
    public void RetainAge_removes_what_is_older_by_itself_and_the_newest_sealed_stays_for_ever()
    {
        using (var log = Open(FsyncPolicy.Always, Aged))
        {
            SealOf(log, 1, 1);
            _clock.Advance(TimeSpan.FromSeconds(59.9));
            SealOf(log, 2, 2);
            Soon.IsNot(() => Sealed().Count != 2);
            _clock.Advance(TimeSpan.FromSeconds(0.2));
            Soon.Is(() => Sealed().Count == 1); // nobody calls
            _clock.Advance(TimeSpan.FromDays(400));
            log.Append(Event(3));
        }

        Assert.Equal([3], LogLab.SealedSequences(Drive));
        Assert.False(WasTold("RetentionWaits")); // nobody is told of what is only not old enough yet
        _clock.Advance(TimeSpan.FromDays(4000));
        using (var log = Open(FsyncPolicy.Always, Aged))
        {
            Soon.IsNot(() => Sealed().Count != 1);
            Assert.Equal(4, log.Append(Event(4))); // numbers never begin again
        }
    }

    [Fact]
    public void A_log_where_nothing_can_grow_old_has_no_timer()
    {
        var options = Options(FsyncPolicy.Always, Aged);
        using (var log = DurableLog.OpenOn(Drive, options)) SealOf(log, 1, 1);
        using var directory = LogLab.Open(Drive);
        var retention = new SegmentRetention(directory, new DriveGate(TimeProvider.System), options, Notices.Enqueue);
        retention.Step();
        Assert.Equal(Timeout.InfiniteTimeSpan, retention.DueIn()); // the newest stays
        var none = new SegmentRetention(directory, new DriveGate(TimeProvider.System), Options(FsyncPolicy.Always), Notices.Enqueue);
        Assert.Equal(Timeout.InfiniteTimeSpan, none.DueIn());
        none.AfterSeal();
        Assert.Equal(Timeout.InfiniteTimeSpan, none.DueIn());
    }

    [Fact]
    public void A_clock_that_leaps_ahead_removes_nothing_before_it_has_stood_for_a_day()
    {
        var leaping = new LeapingClock();
        using var log = Open(FsyncPolicy.Always, o =>
        {
            Aged(o);
            o.TimeProvider = leaping;
        });
        SealOf(log, 1, 3);
        leaping.Leap = TimeSpan.FromDays(3650);
        SealOf(log, 4, 6);
        Soon.Is(() => WasTold("RetentionWaits"));
        Assert.Contains("the clock has leapt ahead", Notices.Single(n => n.Name == "RetentionWaits").Message, StringComparison.Ordinal);
        Assert.Equal(6, Sealed().Count);
        leaping.Leap = TimeSpan.Zero; // set right again
        SealOf(log, 7, 7);
        Soon.IsNot(() => Sealed().Count != 7);

        leaping.Leap = TimeSpan.FromDays(3650);
        SealOf(log, 8, 8);
        leaping.Advance(TimeSpan.FromDays(1));
        SealOf(log, 9, 9);
        Soon.Is(() => Sealed().Count == 1);
    }

    [Fact]
    public void An_event_s_own_time_in_the_future_keeps_no_segment()
    {
        using var log = Open(FsyncPolicy.Always, Aged);
        log.Append(new DurableEvent("x") { Timestamp = _clock.GetUtcNow().AddYears(100) });
        SealOf(log, 2, 2);
        _clock.Advance(TimeSpan.FromMinutes(2));
        SealOf(log, 3, 3);
        Soon.Is(() => Sealed().Count == 1);
    }

    [Fact]
    public void A_segment_whose_seal_cannot_be_read_goes_by_bytes_alone_and_in_order()
    {
        using (var log = Open(FsyncPolicy.Always, Small(null))) SealOf(log, 1, 4);
        var damaged = Sealed()[0];
        var bytes = Drive.Bytes($"{Root}/{damaged}")!;
        bytes[^40] ^= 1;
        Drive.Plant($"{Root}/{damaged}", bytes);
        _clock.Advance(TimeSpan.FromDays(1));
        using (var log = Open(FsyncPolicy.Always, Aged))
        {
            Soon.Is(() => WasTold("RetentionWaits"));
            SealOf(log, 5, 5);
            Soon.IsNot(() => Sealed().Count != 5);
            Assert.Single(Notices, n => n.Name == "RetentionWaits" && n.Message.Contains(damaged, StringComparison.Ordinal));
        }

        using var again = Open(FsyncPolicy.Always, Small(Most));
        SealOf(again, 6, 7);
        Soon.Is(() => !Sealed().Contains(damaged));
    }

    [Fact]
    public void With_the_marker_SHIP_the_shipper_alone_removes()
    {
        using (var log = Open(FsyncPolicy.Always, Small(null))) SealOf(log, 1, 10);
        Drive.Plant($"{Root}/SHIP", []);
        using (var log = Open(FsyncPolicy.Always, Small(Most)))
        {
            SealOf(log, 11, 12);
            Soon.Is(() => WasTold("RetentionLeftToShipper"));
            Soon.IsNot(() => Sealed().Count != 12);
        }

        Assert.Equal(LogLevel.Information, Assert.Single(Notices, n => n.Name == "RetentionLeftToShipper").Level);
    }

    [Fact]
    public void Rule11_each_removal_is_flushed_before_the_next_and_the_oldest_goes_first()
    {
        using (var log = Open(FsyncPolicy.Always, Small(null))) SealOf(log, 1, 12);
        var all = Sealed();
        var calls = new List<string>();
        Drive.Called += (call, name, _, _) =>
        {
            lock (calls)
            {
                if (call == DriveCall.Delete && IsSealed(name)) calls.Add(name);
                else if (call == DriveCall.DirectoryFlush) calls.Add("flush");
            }
        };
        using (var log = Open(FsyncPolicy.Always, Small(Most))) Soon.Is(() => SealedBytes() <= Most / 2);
        List<string> made;
        lock (calls) made = [.. calls.SkipWhile(c => c == "flush")];
        var removed = all.Count - Sealed().Count;
        Assert.True(removed >= 7);
        Assert.Equal(all.Take(removed).SelectMany(name => new[] { name, "flush" }), made.Take(2 * removed));
        Assert.Equal(Sealed().Count, Sealed().Intersect(Files(Drive.PowerCut(CutMode.None, 0), ".clef")).Count()); // and no further one
    }

    [Theory]
    [InlineData(nameof(DriveCall.Delete))]
    [InlineData(nameof(DriveCall.DirectoryFlush))]
    public void A_removal_that_fails_stops_there_is_told_once_and_is_tried_again_after_the_next_seal(string failing)
    {
        using (var log = Open(FsyncPolicy.Always, Small(null))) SealOf(log, 1, 12);
        var all = Sealed();
        var deletes = 0;
        Drive.Called += (call, name, _, _) =>
        {
            if (call != DriveCall.Delete || !IsSealed(name) || Interlocked.Increment(ref deletes) is not (2 or 3)) return;
            Drive.FailNext(Enum.Parse<DriveCall>(failing), Errno.EIO); // the second one, and the one after the next seal
        };
        using (var log = Open(FsyncPolicy.Always, Small(Most)))
        {
            Soon.Is(() => WasTold("RetentionFailed"));
            Soon.IsNot(() => Volatile.Read(ref deletes) != 2);
            SealOf(log, 13, 13);
            Soon.Is(() => Volatile.Read(ref deletes) == 3);
            Soon.IsNot(() => Volatile.Read(ref deletes) != 3);
            Assert.Single(Notices, n => n.Name == "RetentionFailed");
            SealOf(log, 14, 14);
            Soon.Is(() => SealedBytes() <= Most / 2);
        }

        Assert.Equal(Sealed(), [.. all.Concat(Sealed()).Distinct().TakeLast(Sealed().Count)]);
    }

    [Fact]
    public void Rule1_a_failed_flush_of_a_removal_puts_unflushed_events_in_doubt_and_they_are_written_again()
    {
        using (var log = Open(FsyncPolicy.Always, Small(null))) SealOf(log, 1, 12);
        using (var hold = new Hold(Drive, (call, name) => call == DriveCall.Delete && IsSealed(name)))
        {
            using var log = Open(FsyncPolicy.Os, o => (o.SegmentBytes, o.RetainBytes) = (64 << 10, Most));
            hold.WaitEntered();
            log.Append(Event(13));
            Soon.Is(() => log.DurableSequence == 13); // a segment's first commit is flushed
            var before = Assert.Single(Active());
            var writes = Drive.Calls(DriveCall.Write);
            log.Append(Event(14));
            Soon.Is(() => Drive.Calls(DriveCall.Write) > writes);
            Drive.FailNext(DriveCall.DirectoryFlush, Errno.EIO, loseUnflushed: true);
            hold.Release();
            Soon.Is(() => WasTold("RetentionFailed"));
            log.Flush();
            Soon.Is(() => !Active().Contains(before)); // set aside
            Assert.Equal(14, new DurableLogReader(Root, Drive.PowerCut(CutMode.None, 0)).Read().Last().Sequence); // D1
        }
    }

    [Fact]
    public void Rule11_nothing_goes_behind_a_segment_that_could_not_be_sealed()
    {
        using (var log = Open(FsyncPolicy.Always, Small(Most)))
        {
            Drive.FailNext(DriveCall.Rename, Errno.EIO, name: IsActive);
            log.Append(Event(1));
            Assert.Throws<DurableIOException>(() => Soon.Done(log.SealAsync(TestContext.Current.CancellationToken)));
            SealOf(log, 2, 10);
            Soon.Is(() => WasTold("RetentionWaits"));
            Soon.IsNot(() => Sealed().Count != 9);
        }

        using (Open(FsyncPolicy.Always, Small(Most))) Soon.Is(() => SealedBytes() <= Most / 2);
        Assert.Equal(Numbers(11 - Sealed().Count, 10), LogLab.SealedSequences(Drive));
    }

    [Fact]
    public void Files_that_were_set_aside_are_not_counted_and_never_removed()
    {
        var name = "test-00000000000000000001-aaaaaaaa.clef.damaged";
        Drive.Plant($"{Root}/{name}", Encoding.ASCII.GetBytes(new string('x', 200_000)));
        using (var log = Open(FsyncPolicy.Always, Small(Most)))
        {
            SealOf(log, 2, 4);
            Soon.IsNot(() => Sealed().Count != 3);
            SealOf(log, 5, 12);
            Soon.Is(() => SealedBytes() <= Most / 2);
        }

        Assert.NotNull(Drive.Bytes($"{Root}/{name}"));
    }

    [Fact]
    public void Recovery_over_a_log_whose_beginning_was_removed()
    {
        var kept = new SegmentText(11, "bbbbbbbb", previous: "aaaaaaaa").Commit(10).Seal(previousSha256: new string('a', 64));
        var active = new SegmentText(21, "cccccccc", previous: "bbbbbbbb").Commit(10);
        var drive = LogLab.Drive((kept.Name.Sealed, kept.Exact()), (active.Name.Active, active.Active()));
        var recovered = LogLab.Recover(drive);
        Assert.Equal((31, 0), (recovered.NextSequence, recovered.Report.Missing.Count));
        Assert.Equal(Numbers(11, 30), LogLab.SealedSequences(drive)); // chained to what is left
    }

    [Theory]
    [InlineData(null, "first segment")]
    [InlineData("aaaaaaaa", "no sealed segment before")]
    public void The_chain_says_whether_there_ever_was_a_segment_before(string? previous, string reason)
    {
        var text = new SegmentText(11, "bbbbbbbb", previous: previous).Commit(10);
        foreach (var isDamaged in new[] { false, true })
        {
            var bytes = text.Active();
            if (isDamaged) bytes[text.Lines[13].Offset + 90] ^= 1;
            var drive = LogLab.Drive((text.Name.Active, bytes));
            LogLab.Recover(drive);
            using var directory = LogLab.Open(drive);
            using var file = directory.Open(LogLab.Names(drive).Single(IsSealed), DurableSink.Storage.Access.Segment, write: false);
            Assert.Equal(new PreviousHash(null, reason), SealReader.Read(file)!.Previous);
        }
    }

    private static bool IsSealed(string name) => name.EndsWith(SegmentName.SealedSuffix, StringComparison.Ordinal);

    private Action<DurableLogOptions> Small(long? bytes) => o =>
        (o.SegmentBytes, o.RetainBytes, o.TimeProvider) = (64 << 10, bytes, _clock);

    private void Aged(DurableLogOptions options) =>
        (options.RetainAge, options.TimeProvider) = (TimeSpan.FromMinutes(1), _clock);

    /// <summary>Segments of one event each, of 12 KB and a little.</summary>
    private static void SealOf(DurableLog log, long from, long to)
    {
        for (var n = from; n <= to; n++)
        {
            log.Append(Event(n, 11_000));
            Soon.Done(log.SealAsync(TestContext.Current.CancellationToken));
        }
    }

    private long SealedBytes() => Sealed().Sum(name => (long)(Drive.Bytes($"{Root}/{name}")?.Length ?? 0));

    /// <summary>A wall clock that can be set apart from the monotonic one.</summary>
    private sealed class LeapingClock : TimeProvider
    {
        private readonly FakeClock _monotonic = new();

        public TimeSpan Leap { get; set; }

        public override long TimestampFrequency => _monotonic.TimestampFrequency;

        public override long GetTimestamp() => _monotonic.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => _monotonic.GetUtcNow() + Leap;

        public void Advance(TimeSpan span) => _monotonic.Advance(span);
    }
}
