using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Diagnostics;

/// <summary>The meter tells of one log what happens in it; each test has a log of its own name.</summary>
public sealed class MeterTests : CommitTest, IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _sums = new();
    private readonly ConcurrentDictionary<string, double> _last = new();
    private readonly string _name = "meter" + Guid.NewGuid().ToString("N")[..8];

    public MeterTests()
    {
        _listener.InstrumentPublished = (instrument, me) =>
        {
            if (instrument.Meter.Name == "DurableSink") me.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void What_is_made_durable_is_counted()
    {
        using var log = OpenNamed(FsyncPolicy.Always);
        Append(log, 1, 3);
        Assert.Equal((3, 3, 3, 3), (Sum("events"), Sum("commits"), Sum("flushes"), Sum("commit.events")));
        Assert.Equal(Sum("bytes"), Sum("commit.bytes"));
        Assert.InRange(Sum("bytes"), 300, 1000);
        Assert.True(_sums.ContainsKey("durablesink.commit.duration"));
    }

    [Fact]
    public void A_log_s_state_is_measured_while_it_is_open()
    {
        using (var log = OpenNamed(FsyncPolicy.Batch, o => o.BatchWindow = TimeSpan.FromSeconds(10)))
        {
            log.Append(Event(1));
            log.Flush();
            Soon.Done(log.SealAsync(TestContext.Current.CancellationToken));
            log.Append(Event(2));
            log.Flush();
            using var hold = new Hold(Drive, DriveCall.Flush);
            var flush = log.AppendAsync(Event(3), TestContext.Current.CancellationToken);
            hold.WaitEntered();
            _listener.RecordObservableInstruments();
            Assert.Equal((3, 2, 1), (Last("sequence.accepted"), Last("sequence.durable"), Last("waiters")));
            Assert.InRange(Last("buffer.bytes"), 100, 1000);
            Assert.Equal((1, 1, 1), (Last("segments active"), Last("segments sealed"), Last("direct_io")));
            hold.Release();
            Soon.Result(flush);
            _listener.RecordObservableInstruments();
            Assert.Equal((3, 0, 0), (Last("sequence.durable"), Last("waiters"), Last("buffer.bytes")));
        }

        _last.Clear();
        _listener.RecordObservableInstruments();
        Assert.Empty(_last);
    }

    [Fact]
    public void Failures_slow_calls_and_doubts_are_counted()
    {
        var clock = new FakeClock();
        using var log = OpenNamed(FsyncPolicy.Always, o => (o.TimeProvider, o.FlushTimeout) = (clock, TimeSpan.FromSeconds(5)));
        log.Append(Event(1));
        Drive.FailNext(DriveCall.Flush, Errno.EIO);
        log.Append(Event(2));
        Assert.Equal(1, Sum("commit.failures"));
        using var hold = new Hold(Drive, DriveCall.Flush);
        var first = Soon.Run(() => log.Append(Event(3)));
        hold.WaitEntered();
        var second = log.AppendAsync(Event(4), TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Throws<DurableLogException>(() => Soon.Result(second));
        hold.Release();
        Soon.Result(first);
        Assert.Equal((1, 1), (Sum("drive.slow"), Sum("events.in_doubt")));
    }

    [Fact]
    public void What_recovery_did_is_counted_by_outcome()
    {
        using (var log = OpenNamed(FsyncPolicy.Always))
        {
            Append(log, 1, 3);
            using var again = DurableLog.OpenOn(Drive.ProcessCrash(), Options(FsyncPolicy.Always, o => o.LogName = _name));
            _listener.RecordObservableInstruments();
        }

        Assert.Equal((1, 0), (Sum("recovery.segments Sealed"), Sum("recovery.missing")));
    }

    [Fact]
    public void What_recovery_did_is_known_to_a_collector_that_starts_after_the_log_was_opened()
    {
        using var log = OpenNamed(FsyncPolicy.Always);
        Append(log, 1, 3);
        using var again = DurableLog.OpenOn(Drive.ProcessCrash(), Options(FsyncPolicy.Always, o => o.LogName = _name));
        _listener.Dispose();
        var told = new List<string>();
        using var late = new MeterListener();
        late.InstrumentPublished = (instrument, me) =>
        {
            if (instrument.Name == "durablesink.recovery.segments") me.EnableMeasurementEvents(instrument);
        };
        late.SetMeasurementEventCallback<long>((_, value, tags, _) => told.Add($"{value}: {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}"));
        late.Start();
        late.RecordObservableInstruments();
        Assert.Single(told, $"1: {_name} {Root} Sealed");
    }

    private DurableLog OpenNamed(FsyncPolicy policy, Action<DurableLogOptions>? more = null) => Open(policy, o =>
    {
        o.LogName = _name;
        more?.Invoke(o);
    });

    private double Sum(string name) => _sums.GetValueOrDefault("durablesink." + name);

    private double Last(string name) => _last.GetValueOrDefault("durablesink." + name, double.NaN);

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var (isOurs, more) = (false, "");
        foreach (var (key, tag) in tags)
        {
            isOurs |= key == "log" && (string?)tag == _name;
            if (key is "state" or "outcome") more = " " + tag;
        }

        if (!isOurs) return;
        _sums.AddOrUpdate(instrument.Name + more, value, (_, sum) => sum + value);
        _last[instrument.Name + more] = value;
    }
}
