using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>Events that do not reach the log: each is counted, the first is told at once, and their number at the end.</summary>
public sealed class LossTests
{
    [Fact]
    public void Losses_while_the_log_cannot_be_opened()
    {
        using var app = new LoggingApp(o => o.LogName = "loss-opening") { OpenFailsWith = new DurableLogException("no room") };
        using var lost = new Lost("loss-opening");
        Parallel.For(0, 1000, _ => app.Logger().LogInformation("x"));
        Assert.Equal(1000, lost.Count);
        Assert.Equal("OpenFailed", Assert.Single(app.Notices).Name);
        app.Dispose();
        Assert.Equal("1000 events were logged but did not reach the log.", app.Notices[1].Message);
        Assert.Equal(2, app.Notices.Count);
    }

    [Fact]
    public void Losses_in_the_logger_itself()
    {
        using var app = new LoggingApp(o => o.LogName = "loss-logger");
        using var lost = new Lost("loss-logger");
        var logger = app.Logger();
        Loops self = null!;
        self = new Loops(() => logger.LogInformation("{Self}", self));
        for (var i = 0; i < 100; i++) logger.LogInformation("{Self}", self);
        Assert.Equal(100, lost.Count);
        Assert.Equal("An event was lost in the logger: log calls nest without end: a property's ToString logs itself. " +
            "Further ones are counted, and reported when the application ends.", Assert.Single(app.Notices).Message);
        app.Dispose();
        Assert.Equal("EventsLost", app.Notices[1].Name);
        Assert.Equal("100 events were logged but did not reach the log.", app.Notices[1].Message);
    }

    [Fact]
    public void None()
    {
        using var app = new LoggingApp(o => o.LogName = "loss-none");
        using var lost = new Lost("loss-none");
        app.Logger().LogInformation("x");
        app.Dispose();
        Assert.Equal(0, lost.Count);
        Assert.Empty(app.Notices);
    }

    private sealed class Loops(Action log)
    {
        public override string ToString()
        {
            log();
            return "logged";
        }
    }

    /// <summary>What the meter says of one log.</summary>
    private sealed class Lost : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _count;

        public Lost(string log)
        {
            _listener.InstrumentPublished = static (instrument, me) =>
            {
                if (instrument is { Meter.Name: "DurableSink", Name: "durablesink.events.lost" }) me.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            {
                foreach (var tag in tags)
                    if (tag.Key == "log" && log.Equals(tag.Value))
                        Interlocked.Add(ref _count, count);
            });
            _listener.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }
}
