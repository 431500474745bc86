using System.Diagnostics.Metrics;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>D9: what a bound or a failure costs is counted, whoever is told of it and by whatever call.</summary>
public sealed class CountTests : CommitTest, IDisposable
{
    private readonly string _name = "counts-" + Guid.NewGuid().ToString("N");
    private readonly MeterListener _meter = new();
    private long _dropped;
    private long _inDoubt;

    public CountTests()
    {
        _meter.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "DurableSink") listener.EnableMeasurementEvents(instrument);
        };
        _meter.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
        {
            if (!tags.ToArray().Contains(new("log", _name))) return;
            if (instrument.Name == "durablesink.events.dropped") Interlocked.Add(ref _dropped, count);
            if (instrument.Name == "durablesink.events.in_doubt") Interlocked.Add(ref _inDoubt, count);
        });
        _meter.Start();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void An_event_that_AppendAsync_refuses_is_counted_as_one_that_Append_refuses()
    {
        using var log = Open(FsyncPolicy.Batch, o => (o.LogName, o.WhenFull, o.BufferBytes) = (_name, FullMode.Drop, 64 << 10));
        using var hold = new Hold(Drive, DriveCall.Write);
        Assert.Throws<DurableLogFullException>(() => Append(log, 1, 1000, 2000));
        Assert.Equal(1, _dropped);
        Assert.Throws<DurableLogFullException>(() => Soon.Result(log.AppendAsync(Event(1001, 2000), Token)));
        Assert.Equal(2, _dropped);
        hold.Release();
    }

    [Fact]
    public void An_event_that_is_too_large_is_counted_whatever_call_refuses_it()
    {
        using var log = Open(FsyncPolicy.Batch, o => o.LogName = _name);
        Assert.Throws<EventTooLargeException>(() => log.Append(Event(1, 100_000)));
        Assert.Equal(1, _dropped);
        Assert.Throws<EventTooLargeException>(() => Soon.Result(log.AppendAsync(Event(2, 100_000), Token)));
        Assert.Equal(2, _dropped);
        Assert.Equal(0, log.AppendLine(Body(100_000), waitDurable: false, told: false));
        Assert.Equal(3, _dropped);
    }

    [Fact]
    public void An_event_after_the_end_is_counted_whatever_call_refuses_it()
    {
        var log = Open(FsyncPolicy.Batch, o => o.LogName = _name);
        log.Dispose();
        Assert.Throws<ObjectDisposedException>(() => log.Append(Event(1)));
        Assert.Throws<ObjectDisposedException>(() => Soon.Result(log.AppendAsync(Event(2), Token)));
        Assert.Equal(2, _dropped);
    }

    [Fact]
    public void A_caller_who_commits_for_itself_is_counted_in_doubt_as_those_who_wait()
    {
        using var log = Open(FsyncPolicy.Always, o => o.LogName = _name);
        log.Append(Event(1));
        Drive.FailNext(DriveCall.Flush, Errno.EIO, count: int.MaxValue);
        Assert.Throws<DurableLogException>(() => log.Append(Event(2)));
        Assert.Equal(1, _inDoubt);
        Assert.Throws<DurableLogException>(() => Soon.Result(log.AppendAsync(Event(3), Token)));
        Assert.Equal(2, _inDoubt);
        Drive.FailNoMore();
    }

    [Fact]
    public void Waits_that_the_end_leaves_in_doubt_are_counted()
    {
        var log = Open(FsyncPolicy.Always, o => (o.LogName, o.ShutdownTimeout) = (_name, TimeSpan.FromMilliseconds(50)));
        log.Append(Event(1));
        using var hold = new Hold(Drive, DriveCall.Write);
        var leader = Soon.Run(() => log.Append(Event(2)));
        hold.WaitEntered();
        var waits = new[] { log.AppendAsync(Event(3), Token).AsTask(), log.AppendAsync(Event(4), Token).AsTask() };
        Soon.Done(Soon.Run(log.Dispose));
        foreach (var wait in waits) Assert.Throws<DurableLogException>(() => Soon.Result(wait));
        Assert.Equal(2, _inDoubt);
        hold.Release();
        Soon.Is(() => leader.IsCompleted);
    }

    public void Dispose() => _meter.Dispose();
}
