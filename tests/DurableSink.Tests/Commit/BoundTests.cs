using System.Diagnostics;
using System.Diagnostics.Metrics;
using DurableSink.Segments;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>D9: memory, waiting and event size are bounded, and what a bound costs is counted.</summary>
public sealed class BoundTests : CommitTest
{
    private const int Buffer = 64 << 10;

    [Fact]
    public void A_full_buffer_blocks_until_there_is_room()
    {
        using var log = Open(FsyncPolicy.Batch, o => (o.BufferBytes, o.BlockTimeout) = (Buffer, TimeSpan.FromHours(1)));
        using var hold = new Hold(Drive, DriveCall.Write);
        var writer = Soon.Run(() => Append(log, 1, 100, 2000));
        hold.WaitEntered();
        Soon.Is(() => log.LastSequence >= 20);
        Soon.IsNot(() => log.LastSequence > 40 || writer.IsCompleted);
        hold.Release();
        Soon.Done(writer);
        log.Flush();
        Assert.Equal(Numbers(1, 100), AfterCut());
    }

    [Fact]
    public void A_full_buffer_refuses_after_BlockTimeout()
    {
        var timeout = TimeSpan.FromMilliseconds(60);
        using var log = Open(FsyncPolicy.Batch, o => (o.BufferBytes, o.BlockTimeout) = (Buffer, timeout));
        using var hold = new Hold(Drive, DriveCall.Write);
        Assert.InRange(FillUp(log), timeout, timeout + TimeSpan.FromSeconds(10));
        var last = log.LastSequence;
        var full = Assert.Throws<DurableLogFullException>(() => log.Append(Event(1000, 3000)));
        Assert.Contains("65536", full.Message, StringComparison.Ordinal);
        Assert.Throws<DurableLogFullException>(() => Soon.Result(log.AppendAsync(Event(1000, 3000), TestContext.Current.CancellationToken)));
        Assert.Equal(last, log.LastSequence); // not accepted
        hold.Release();
        log.Append(Event(1001));
        log.Flush();
        Assert.DoesNotContain(1000, AfterCut());
    }

    [Fact]
    public void Drops_that_were_not_told_of_yet_are_when_the_log_is_closed()
    {
        using (var log = Open(FsyncPolicy.Batch))
        {
            for (var i = 0; i < 3; i++) log.AppendLine(new byte[log.MaxBodyBytes + 1], waitDurable: false, told: false);
            Assert.Equal(1, Notices.Count(n => n.Name == "EventsDropped"));
        }

        Assert.Contains("3 events were dropped until", Notices.Last(n => n.Name == "EventsDropped").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void While_nothing_moves_one_BlockTimeout_is_enough_for_all()
    {
        var clock = new FakeClock();
        using var log = Open(FsyncPolicy.Batch, o => (o.BufferBytes, o.BlockTimeout, o.TimeProvider) = (Buffer, TimeSpan.FromHours(1), clock));
        using var hold = new Hold(Drive, DriveCall.Write);
        var filling = Soon.Run(() => FillUp(log));
        Soon.IsNot(() => filling.IsCompleted); // an hour is to pass
        Soon.Is(() => HasPassed(TimeSpan.FromHours(1)) && filling.IsCompleted); // whenever it began to wait
        Soon.Done(filling);
        Assert.Throws<DurableLogFullException>(() => log.Append(Event(1000, 3000))); // at once: the clock stands still

        hold.Release();
        log.Flush();
        log.Append(Event(1001)); // there is room again
        log.Flush();
        using var again = new Hold(Drive, DriveCall.Write);
        var patient = Soon.Run(() => Append(log, 1002, 1100, 2000));
        again.WaitEntered();
        Soon.IsNot(() => patient.IsCompleted); // and an hour's patience with it
        again.Release();
        Soon.Done(patient);

        bool HasPassed(TimeSpan span)
        {
            clock.Advance(span);
            log.Nudge();
            return true;
        }
    }

    [Fact]
    public void A_full_buffer_drops_at_once_where_it_may_and_counts()
    {
        using var log = Open(FsyncPolicy.Batch, o =>
            (o.BufferBytes, o.WhenFull, o.BlockTimeout, o.LogName) = (Buffer, FullMode.Drop, TimeSpan.FromHours(1), "drops"));
        var dropped = 0L;
        using var meter = new MeterListener();
        meter.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "durablesink.events.dropped") listener.EnableMeasurementEvents(instrument);
        };
        meter.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            if (tags.ToArray().Contains(new("log", "drops"))) Interlocked.Add(ref dropped, count);
        });
        meter.Start();
        using var hold = new Hold(Drive, DriveCall.Write);
        Soon.Done(Soon.Run(() => FillUp(log)));
        var (last, before) = (log.LastSequence, dropped);
        for (var i = 0; i < 10_000; i++) Assert.Equal(0, log.AppendLine(Body(3000), waitDurable: i % 2 == 0, told: false)); // never throws
        Assert.Equal(10_000, dropped - before);
        Assert.Equal(1, Notices.Count(n => n.Name == "EventsDropped")); // once
        Assert.Equal(last, log.LastSequence);
        Assert.InRange(last, 20, Buffer / 2000); // memory stays within the bound
        hold.Release();
        Soon.Is(() => log.DurableSequence == last);
        Assert.Equal(last + 1, log.AppendLine(Body(100), waitDurable: true, told: false));
    }

    [Theory]
    [InlineData(1 << 10)]
    [InlineData(16 << 10)]
    public void An_event_of_exactly_the_limit_is_accepted_and_one_byte_more_is_refused(int limit)
    {
        using var log = Open(FsyncPolicy.Always, o => o.MaxEventBytes = limit);
        var most = limit - LineTrailer.MaxLength;
        Assert.Equal(1, log.AppendLine(Body(most), waitDurable: true, told: true));
        var refused = Assert.Throws<EventTooLargeException>(() => log.AppendLine(Body(most + 1), waitDurable: true, told: true));
        Assert.Equal((limit + 1L, limit), (refused.Bytes, refused.Limit));
        Assert.Contains($"{limit + 1}", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"{limit}", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, log.AppendLine(Body(most + 1), waitDurable: true, told: false));
        Assert.Throws<EventTooLargeException>(() => Soon.Result(log.AppendAsync(Event(1, limit), TestContext.Current.CancellationToken)));
        Assert.Throws<EventTooLargeException>(() => log.Append(Event(1, limit)));
        Assert.Equal(1, log.LastSequence);
        Assert.Equal([1], AfterCut());
    }

    [Fact]
    public void Segments_that_wait_to_be_sealed_are_bounded_and_callers_wait_for_them()
    {
        const int most = 16;
        using var log = Open(FsyncPolicy.Always, o => o.SegmentBytes = Buffer);
        using var hold = new Hold(Drive, (call, name) => call == DriveCall.Read && IsActive(name)); // sealing reads what was written
        var writer = Soon.Run(() => Append(log, 1, 150, 15_000)); // some three to a segment
        hold.WaitEntered();
        Soon.Is(() => Active().Count >= most);
        Soon.IsNot(() => Active().Count > most + 2 || writer.IsCompleted); // with the one that is being sealed, and the one that is written
        hold.Release();
        Soon.Done(writer);
        Assert.InRange(Sealed().Count, most + 3, 50);
        Assert.Equal(Numbers(1, 150), AfterCut());
    }

    /// <summary>Returns how long the first event that was refused took.</summary>
    private static TimeSpan FillUp(DurableLog log)
    {
        for (var n = 1; n < 1000; n++)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                log.Append(Event(n, 2000));
            }
            catch (DurableLogFullException)
            {
                Assert.Equal(0, log.DurableSequence);
                return Stopwatch.GetElapsedTime(started);
            }
        }

        Assert.Fail("The buffer was never full.");
        return default;
    }
}
