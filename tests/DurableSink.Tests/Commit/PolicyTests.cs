using System.Diagnostics;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>What a return means under each policy (DESIGN §2).</summary>
public sealed class PolicyTests : CommitTest
{
    public static TheoryData<FsyncPolicy> Policies => [FsyncPolicy.Always, FsyncPolicy.Batch, FsyncPolicy.Os];

    [Theory]
    [InlineData(nameof(DriveCall.Write))]
    [InlineData(nameof(DriveCall.Flush))]
    [InlineData(nameof(DriveCall.Rename))]
    [InlineData(nameof(DriveCall.DirectoryFlush))]
    public void Always_the_first_event_returns_only_after_write_flush_and_durable_name(string call)
    {
        using var log = Open(FsyncPolicy.Always);
        using var hold = new Hold(Drive, Enum.Parse<DriveCall>(call));
        var append = Soon.Run(() => log.Append(Event(1)));
        hold.WaitEntered();
        Soon.IsNot(() => append.IsCompleted || log.DurableSequence != 0); // D1, rule 5
        Assert.Equal(1, log.LastSequence);
        hold.Release();
        Assert.Equal(1, Soon.Result(append));
        Assert.Equal(1, log.DurableSequence);
        Assert.Equal([1], AfterCut());
    }

    [Theory]
    [InlineData(nameof(DriveCall.Write), false)]
    [InlineData(nameof(DriveCall.Flush), false)]
    [InlineData(nameof(DriveCall.WriteDurable), true)]
    public void Always_a_later_event_returns_only_after_its_flush(string call, bool durableWrites)
    {
        Drive.SupportsDurableWrites = durableWrites;
        using var log = Open(FsyncPolicy.Always);
        log.Append(Event(1));
        using var hold = new Hold(Drive, Enum.Parse<DriveCall>(call));
        var append = Soon.Run(() => log.Append(Event(2)));
        hold.WaitEntered();
        Soon.IsNot(() => append.IsCompleted || log.DurableSequence != 1); // D1
        hold.Release();
        Assert.Equal(2, Soon.Result(append));
        Assert.Equal([1, 2], AfterCut());
    }

    [Fact]
    public void Batch_returns_before_any_flush()
    {
        using var log = Open(FsyncPolicy.Batch);
        using var hold = new Hold(Drive, DriveCall.Write, DriveCall.Flush);
        Soon.Done(Soon.Run(() => Append(log, 1, 50)));
        Assert.Equal((50, 0), (log.LastSequence, log.DurableSequence));
        hold.Release();
        Soon.Is(() => log.DurableSequence == 50);
        Assert.Equal(Numbers(1, 50), AfterCut());
    }

    [Fact]
    public void Batch_a_burst_and_then_silence_is_durable_at_the_window_s_end_and_not_before()
    {
        var clock = new FakeClock();
        using var log = Open(FsyncPolicy.Batch, o => (o.TimeProvider, o.BatchWindow) = (clock, TimeSpan.FromSeconds(1)));
        Append(log, 1, 20);
        clock.Advance(TimeSpan.FromMilliseconds(999));
        log.Nudge();
        Soon.IsNot(() => log.DurableSequence > 0 || Drive.Calls(DriveCall.Flush) > 0);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        log.Nudge();
        Soon.Is(() => log.DurableSequence == 20); // no further event comes

        Append(log, 21, 22); // its own window, not the last one's rest
        log.Nudge();
        Soon.IsNot(() => log.DurableSequence > 20);
        clock.Advance(TimeSpan.FromSeconds(1));
        log.Nudge();
        Soon.Is(() => log.DurableSequence == 22);
        Assert.Equal(Numbers(1, 22), AfterCut());
    }

    [Fact]
    public void Batch_the_window_closes_by_the_real_clock_with_no_further_event()
    {
        var window = TimeSpan.FromMilliseconds(20);
        using var log = Open(FsyncPolicy.Batch, o => o.BatchWindow = window);
        var firstWrite = 0L;
        Drive.Called += (call, _, _, _) =>
        {
            if (call == DriveCall.Write) Interlocked.CompareExchange(ref firstWrite, Stopwatch.GetTimestamp(), 0);
        };
        var started = Stopwatch.GetTimestamp();
        Append(log, 1, 20);
        Soon.Is(() => log.DurableSequence == 20);
        var waited = Stopwatch.GetElapsedTime(started, firstWrite);
        Assert.InRange(waited, window, window + TimeSpan.FromSeconds(2)); // a shared machine's threads may be late
    }

    [Fact]
    public void Os_writes_within_the_window_and_flushes_only_when_asked()
    {
        using var log = Open(FsyncPolicy.Os);
        log.Append(Event(1));
        Soon.Is(() => log.DurableSequence == 1); // a segment's first piece always is: its name appears only then (rule 5)
        var (writes, flushes) = (Drive.Calls(DriveCall.Write), Drive.Calls(DriveCall.Flush));
        log.Append(Event(2));
        Soon.Is(() => Drive.Calls(DriveCall.Write) > writes);
        Soon.Is(() => Recovered(Drive.ProcessCrash()).Count == 2); // the kernel has it
        Soon.IsNot(() => log.DurableSequence > 1 || Drive.Calls(DriveCall.Flush) > flushes);
        Assert.Equal([1], AfterCut()); // the drive does not
        Soon.Done(log.FlushAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, log.DurableSequence);
        Assert.Equal(flushes + 1, Drive.Calls(DriveCall.Flush));
        Assert.Equal([1, 2], AfterCut());
    }

    [Fact]
    public void Rule6_unflushed_records_that_reach_half_of_the_buffer_force_a_flush()
    {
        using var log = Open(FsyncPolicy.Os, o => o.BufferBytes = 128 << 10);
        log.Append(Event(1));
        Soon.Is(() => log.DurableSequence == 1);
        for (var n = 2; n <= 8; n++) WriteOne(log, n, 4000);
        Soon.IsNot(() => log.DurableSequence > 1);
        Append(log, 9, 20, 4000); // 76 of 128 KiB
        Soon.Is(() => log.DurableSequence >= 9);
    }

    [Fact]
    public void Os_many_windows_of_one_small_event_never_fill_the_buffer()
    {
        // Each window takes a block of the buffer, however small its events: that room must be flushed free too.
        using var log = Open(FsyncPolicy.Os, o => (o.WhenFull, o.BufferBytes) = (FullMode.Drop, 64 << 10));
        for (var n = 1; n <= 200; n++) WriteOne(log, n, 0);
        log.Flush();
        Assert.Equal(Numbers(1, 200), AfterCut());
    }

    [Fact]
    public void Os_a_roll_flushes_the_segment_before_the_next_one_s_header()
    {
        using var log = Open(FsyncPolicy.Os, o => (o.SegmentBytes, o.BufferBytes) = (64 << 10, 4 << 20));
        var n = 0;
        while (Active().Count + Sealed().Count < 2) WriteOne(log, ++n, 8000);
        Soon.Is(() => log.DurableSequence >= 6); // rule 4
        Soon.Is(() => Sealed().Count == 1);
        Assert.InRange(AfterCut().Count, 6, n);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Flush_makes_all_before_it_durable(FsyncPolicy policy)
    {
        using var log = Open(policy, o => o.BatchWindow = TimeSpan.FromSeconds(10));
        Append(log, 1, 10);
        Soon.Done(Soon.Run(log.Flush));
        Assert.Equal(10, log.DurableSequence);
        Assert.Equal(Numbers(1, 10), AfterCut());
        Append(log, 11, 20);
        Soon.Done(log.FlushAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Numbers(1, 20), AfterCut());
        var flushes = Drive.Calls(DriveCall.Flush);
        log.Flush();
        Assert.True(log.FlushAsync(TestContext.Current.CancellationToken).AsTask().IsCompletedSuccessfully);
        Assert.Equal(flushes, Drive.Calls(DriveCall.Flush)); // nothing to do
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void AppendAsync_completes_with_its_number_when_the_event_is_durable(FsyncPolicy policy)
    {
        using var log = Open(policy, o => o.BatchWindow = TimeSpan.FromSeconds(10));
        for (var n = 1; n <= 5; n++)
        {
            Assert.Equal(n, Soon.Result(log.AppendAsync(Event(n), TestContext.Current.CancellationToken)));
            Assert.Equal(Numbers(1, n), AfterCut()); // D1
        }

        using var hold = new Hold(Drive, DriveCall.Flush);
        var append = log.AppendAsync(Event(6), TestContext.Current.CancellationToken).AsTask();
        hold.WaitEntered();
        Soon.IsNot(() => append.IsCompleted || log.DurableSequence != 5);
        hold.Release();
        Assert.Equal(6, Soon.Result(append));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Dispose_makes_everything_durable_and_seals(FsyncPolicy policy)
    {
        using (var log = Open(policy, o => o.BatchWindow = TimeSpan.FromSeconds(10)))
        {
            Append(log, 1, 30);
        }

        Assert.Single(Sealed());
        Assert.Empty(Active());
        Assert.False(WasTold("ClosedWithLoss"));
        var cut = Drive.PowerCut(CutMode.None, 0);
        using (var again = DurableLog.OpenOn(cut, Options(policy))) Assert.True(again.RecoveryReport.IsClean);
        Assert.Equal(Numbers(1, 30), Read(cut));
    }

    private void WriteOne(DurableLog log, int n, int filling)
    {
        var writes = Drive.Calls(DriveCall.Write);
        log.Append(Event(n, filling));
        Soon.Is(() => Drive.Calls(DriveCall.Write) > writes);
    }
}
