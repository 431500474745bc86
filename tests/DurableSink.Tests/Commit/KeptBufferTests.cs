using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>What was accepted outlives the process, whatever ends it; and no other event is taken for it.</summary>
public sealed class KeptBufferTests : CommitTest
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    public static TheoryData<FsyncPolicy> NotAlways => [FsyncPolicy.Batch, FsyncPolicy.Os];

    [Theory]
    [MemberData(nameof(NotAlways))]
    public void What_was_accepted_before_a_process_crash_is_durable_when_the_log_is_open_again(FsyncPolicy policy)
    {
        using var log = Open(policy, o => o.BatchWindow = Long);
        Append(log, 1, 20);
        log.Flush();
        Append(log, 21, 50, filling: 300);
        var after = Drive.ProcessCrash();
        using (var again = DurableLog.OpenOn(after, Options(policy)))
        {
            Assert.Equal((30, 50), (again.RecoveryReport.Restored, again.RecoveryReport.LastSequence));
            Assert.False(again.RecoveryReport.IsClean);
            Assert.Equal(50, again.DurableSequence);
            Assert.Equal(Numbers(1, 50), Read(after.PowerCut(CutMode.None, 0)));
            Assert.Equal(51, again.Append(Event(51)));
        }

        Assert.Equal(Numbers(1, 51), Recovered(after));
        Assert.Empty(after.SharedMemory.List()); // a clean shutdown leaves nothing behind
        Assert.Contains(Notices, notice => notice.Name == "Restored" && notice.Message.Contains("Events 21 to 50", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_any_event_durable_before()
    {
        using var log = Open(FsyncPolicy.Batch, o => o.BatchWindow = Long);
        Append(log, 1, 5);
        Assert.Equal(Numbers(1, 5), Recovered(Drive.ProcessCrash()));
    }

    [Fact]
    public void A_power_cut_takes_it_and_nothing_is_invented()
    {
        using var log = Open(FsyncPolicy.Batch, o => o.BatchWindow = Long);
        Append(log, 1, 5);
        log.Flush();
        Append(log, 6, 9);
        Assert.Equal(Numbers(1, 5), Recovered(Drive.PowerCut(CutMode.None, 0)));
    }

    [Fact]
    public void A_crash_at_each_call_of_a_commit_a_roll_and_a_seal_loses_nothing_accepted()
    {
        var images = new List<(SimulatedDrive Image, long Accepted, string When)>();
        var accepted = 0L;
        var log = Open(FsyncPolicy.Os, o => (o.SegmentBytes, o.BatchWindow, o.TailBlock) = (64 << 10, TimeSpan.FromSeconds(1), TailBlockMode.Pad));
        Drive.Called += (call, name, offset, _) =>
        {
            if (call is DriveCall.List or DriveCall.Open) return;
            var known = Volatile.Read(ref accepted); // first: events are accepted meanwhile
            lock (images) images.Add((log.Frozen(Drive.ProcessCrash), known, $"before {call} {name} {offset}"));
        };
        for (var n = 1; n <= 60; n++)
        {
            Volatile.Write(ref accepted, log.Append(Event(n, 4000)));
            if (n % 7 == 0) log.Flush();
        }

        log.Dispose();
        Assert.True(images.Count > 60, $"only {images.Count}");
        foreach (var (image, known, when) in images)
        {
            var read = Recovered(image);
            Assert.True(read.Count >= known && read.SequenceEqual(Numbers(1, read.Count)), $"{when}: {known} accepted, {read.Count} there");
        }
    }

    [Fact]
    public void A_crash_within_the_restoring_loses_nothing_and_doubles_nothing()
    {
        using var log = Open(FsyncPolicy.Batch, o => o.BatchWindow = Long);
        Append(log, 1, 3);
        log.Flush();
        Append(log, 4, 40, filling: 2000);
        var first = Drive.ProcessCrash();
        var images = new List<(SimulatedDrive Image, string When)>();
        first.Called += (call, name, offset, _) =>
        {
            if (call is not (DriveCall.Read or DriveCall.List or DriveCall.Open))
                lock (images) images.Add((first.ProcessCrash(), $"before {call} {name} {offset}")); // appends may go on: what is torn is not taken
        };
        DurableLog.OpenOn(first, Options(FsyncPolicy.Os, o => o.SegmentBytes = 64 << 10)).Dispose();
        Assert.True(images.Count > 10, $"only {images.Count}");
        foreach (var (image, when) in images) Assert.True(Recovered(image).SequenceEqual(Numbers(1, 40)), when);
    }

    [Fact]
    public void Numbers_that_another_run_used_meanwhile_are_not_taken_again()
    {
        using var log = Open(FsyncPolicy.Batch, o => o.BatchWindow = Long);
        Append(log, 1, 100);
        log.Flush();
        Append(log, 101, 120); // the first run dies with these in memory
        var crashed = Drive.ProcessCrash();
        crashed.HasSharedMemory = false; // the second does not see it, and writes other events under these numbers
        using (var second = DurableLog.OpenOn(crashed, Options(FsyncPolicy.Always))) Append(second, 1001, 1010);
        crashed.HasSharedMemory = true;
        using (var third = DurableLog.OpenOn(crashed, Options(FsyncPolicy.Always)))
        {
            Assert.Equal((0, 110), (third.RecoveryReport.Restored, third.LastSequence));
        }

        Assert.Equal(Numbers(1, 100).Concat(Numbers(1001, 1010)), Read(crashed));
        Assert.Contains(Notices, notice => notice.Name == "BufferRefused" && notice.Message.Contains("10 events that do not follow event 110", StringComparison.Ordinal));
        Assert.Empty(crashed.SharedMemory.List());
    }

    [Fact]
    public void What_a_failing_drive_kept_in_memory_outlives_the_process_too()
    {
        using var log = Open(FsyncPolicy.Always);
        Append(log, 1, 3);
        Drive.FailNext(DriveCall.Write, Errno.EIO, count: 1000);
        Drive.FailNext(DriveCall.Flush, Errno.EIO, count: 1000, loseUnflushed: true);
        for (var n = 4; n <= 9; n++) Assert.Throws<DurableLogException>(() => log.Append(Event(n, 500)));
        var after = log.Frozen(Drive.ProcessCrash);
        Drive.FailNoMore();
        Assert.Equal(Numbers(1, 9), Recovered(after)); // laid out again for a new segment, in memory of their own
    }

    [Fact]
    public void A_log_that_closes_with_a_loss_leaves_it_to_the_next_opening()
    {
        var log = Open(FsyncPolicy.Batch, o => (o.BatchWindow, o.ShutdownTimeout) = (Long, TimeSpan.FromMilliseconds(300)));
        Append(log, 1, 3);
        log.Flush();
        Append(log, 4, 6);
        Drive.FailNext(DriveCall.Write, Errno.EIO, count: 1000);
        Drive.FailNext(DriveCall.Flush, Errno.EIO, count: 1000);
        log.Dispose();
        Assert.True(WasTold("ClosedWithLoss"));
        Drive.FailNoMore();
        Assert.Equal(Numbers(1, 6), Recovered(Drive));
    }

    [Fact]
    public void Damage_in_the_memory_ends_what_is_taken()
    {
        using var log = Open(FsyncPolicy.Batch, o => o.BatchWindow = Long);
        Append(log, 1, 3);
        log.Flush();
        Append(log, 4, 30);
        var after = Drive.ProcessCrash();
        after.SharedMemory.Damage(Assert.Single(after.SharedMemory.List()), bytes => bytes[bytes.AsSpan().IndexOf("\"N\":20"u8)] ^= 1);
        Assert.Equal(Numbers(1, 19), Recovered(after));
        Assert.Contains(Notices, notice => notice.Name == "BufferRefused" && notice.Message.Contains("10 events", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_byte_of_the_memory_changed_in_turn_is_refused_or_harmless()
    {
        using var log = Open(FsyncPolicy.Batch, o => (o.BatchWindow, o.BufferBytes, o.MaxEventBytes) = (Long, 64 << 10, 2048));
        Append(log, 1, 2);
        log.Flush();
        Append(log, 3, 5);
        var lines = 0;
        var image = Drive.ProcessCrash();
        var name = Assert.Single(image.SharedMemory.List());
        var (start, length) = (0, 0);
        image.SharedMemory.Damage(name, bytes => (start, length) = (bytes.AsSpan().IndexOf("{\"@t\""u8), bytes.AsSpan().LastIndexOf("\"}\n"u8)));
        for (var at = start; at < length; at += 7)
        {
            var damaged = image.ProcessCrash();
            damaged.SharedMemory.Damage(name, bytes => bytes[at] ^= 4);
            var read = Recovered(damaged);
            Assert.True(read.SequenceEqual(Numbers(1, read.Count)) && read.Count is >= 2 and <= 5, $"byte {at}: {string.Join(',', read)}");
            lines += read.Count - 2;
        }

        Assert.InRange(lines, 1, length); // some of it was taken all the same
    }

    [Fact]
    public void Of_another_start_or_a_copy_of_the_directory_nothing_is_taken_and_nothing_removed()
    {
        using var log = Open(FsyncPolicy.Batch, o => o.BatchWindow = Long);
        Append(log, 1, 3);
        log.Flush();
        Append(log, 4, 6);
        var after = Drive.ProcessCrash();
        foreach (var file in Files(after, "")) after.Plant($"/copy/{file}", after.Bytes($"{Root}/{file}")!);
        using (var copy = DurableLog.OpenOn(after, Options(FsyncPolicy.Always, o => o.Directory = "/copy"))) Assert.Equal(3, copy.LastSequence);
        Assert.Equal(Numbers(1, 6), Recovered(after)); // still there for whose it is
    }

    [Fact]
    public void Where_no_memory_can_be_had_the_log_works_and_says_so_once()
    {
        Drive.SharedMemory.Capacity = 0;
        using (var log = Open(FsyncPolicy.Batch)) Append(log, 1, 5);
        var told = Assert.Single(Notices, notice => notice.Name == "BufferNotKept");
        Assert.Contains("/dev/shm", told.Message, StringComparison.Ordinal);
        Assert.Equal(Numbers(1, 5), Read(Drive));
        Drive.HasSharedMemory = false;
        using (var log = Open(FsyncPolicy.Batch)) Append(log, 6, 7);
        Assert.Equal(2, Notices.Count(notice => notice.Name == "BufferNotKept"));
        using (var log = Open(FsyncPolicy.Batch, o => o.BufferDirectory = "none")) Append(log, 8, 9);
        Assert.Equal(2, Notices.Count(notice => notice.Name == "BufferNotKept")); // asked for
        Assert.Equal(Numbers(1, 9), Read(Drive));
    }

    [Fact]
    public void With_the_option_off_what_an_earlier_run_kept_is_taken_all_the_same()
    {
        using var log = Open(FsyncPolicy.Batch, o => o.BatchWindow = Long);
        Append(log, 1, 6);
        var after = Drive.ProcessCrash();
        using (var off = DurableLog.OpenOn(after, Options(FsyncPolicy.Batch, o => o.BufferDirectory = "none"))) Assert.Equal(6, off.DurableSequence);
        Assert.Empty(after.SharedMemory.List());
    }

    [Fact]
    public void Keys_of_restored_events_are_remembered()
    {
        using var log = Open(FsyncPolicy.Batch, o => o.BatchWindow = Long);
        log.RememberKeys(10, TimeSpan.FromDays(1));
        var unseen = new Model.ModelKeyedEvent(3, 77).Append(log);
        var after = log.Frozen(Drive.ProcessCrash);
        using var again = DurableLog.OpenOn(after, Options(FsyncPolicy.Always));
        again.RememberKeys(10, TimeSpan.FromDays(1));
        Assert.Equal(1, Soon.Result(new Model.ModelKeyedEvent(3, 77).Append(again)).Sequence);
        Assert.Equal(1, again.LastSequence);
        Soon.Result(unseen);
    }
}
