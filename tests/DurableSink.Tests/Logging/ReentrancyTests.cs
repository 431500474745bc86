using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Logging;

/// <summary>Code that the log calls logs in its turn.</summary>
public sealed class ReentrancyTests
{
    [Theory]
    [InlineData(FsyncPolicy.Batch, false)]
    [InlineData(FsyncPolicy.Always, false)]
    [InlineData(FsyncPolicy.Always, true)]
    public void A_notice_that_is_logged_under_a_name_of_its_own_does_not_wait_for_itself(FsyncPolicy policy, bool told)
    {
        DriveApp app = null!;
        using var _ = app = new DriveApp(o =>
        {
            (o.Fsync, o.ThrowOnFailure) = (policy, told);
            o.OnNotice = notice => app.Logger("Shop.Operations").LogWarning("{Notice}", notice.Name);
        });
        Soon.Done(Soon.Run(() => app.Logger().LogInformation("opens the log")));
        Soon.Done(Soon.Run(app.Log.Flush));
        app.Drive.FailNext(DriveCall.WriteDurable, Errno.EIO); // told by the thread that commits
        Soon.Done(Soon.Run(() => app.Logger().LogInformation("fails once")));
        Soon.Done(Soon.Run(app.Log.Flush));
        Soon.Is(() => app.Log.LastSequence >= 3 && app.Log.DurableSequence == app.Log.LastSequence); // the notice's events too, with nobody waiting
        Assert.Contains("SegmentPoisoned", app.Read().Where(e => e.TryGetProperty("Notice", out var _)).Select(e => e.GetProperty("Notice").GetString()));
    }

    [Fact]
    public void A_notice_that_logs_more_than_there_is_room_does_not_wait_for_room()
    {
        DriveApp app = null!;
        var logged = 0;
        using var _ = app = new DriveApp(o =>
        {
            (o.BufferBytes, o.MaxEventBytes, o.BlockTimeout, o.ShutdownTimeout) = (64 << 10, 4 << 10, TimeSpan.FromHours(1), TimeSpan.Zero);
            o.OnNotice = notice =>
            {
                if (notice.Name != "SegmentPoisoned") return;
                for (var i = 0; i < 100; i++) app.Logger("Shop.Operations").LogWarning("{Filling}", new string('x', 2000));
                Volatile.Write(ref logged, 100);
            };
        });
        app.Logger().LogInformation("opens the log");
        app.Log.Flush();
        app.Drive.FailNext(DriveCall.WriteDurable, Errno.EIO);
        app.Logger().LogInformation("fails once");
        Soon.Is(() => Volatile.Read(ref logged) == 100);
        Assert.InRange(app.Log.LastSequence, 3, 60);
    }

    [Fact]
    public void Waiting_for_the_log_from_within_its_own_notice_is_refused()
    {
        DriveApp app = null!;
        var refusals = new List<Exception?>();
        using var _ = app = new DriveApp(o =>
        {
            o.Fsync = FsyncPolicy.Always;
            o.OnNotice = notice =>
            {
                if (notice.Name != "SegmentPoisoned") return;
                refusals.Add(Record.Exception(() => app.Log.Append(DurableEvent.Create("appended"))));
                refusals.Add(Record.Exception(() => app.Log.Flush()));
            };
        });
        app.Logger().LogInformation("opens the log");
        app.Drive.FailNext(DriveCall.WriteDurable, Errno.EIO);
        Soon.Done(Soon.Run(() => app.Logger().LogInformation("fails once")));
        Assert.Equal(2, refusals.Count);
        Assert.All(refusals, refusal => Assert.EndsWith(
            "is accepted and in doubt: it was logged from within a notice or measurement of the log 'app', which must not wait for that log.",
            Assert.IsType<DurableLogException>(refusal).Message,
            StringComparison.Ordinal));
        Assert.Equal(["opens the log", "fails once", "appended"], app.Read().Select(e => e.GetProperty("@mt").GetString()));
    }

    [Theory]
    [InlineData(FsyncPolicy.Batch)]
    [InlineData(FsyncPolicy.Always)]
    public void A_meter_listener_that_logs_does_not_wait_for_itself(FsyncPolicy policy)
    {
        const string name = "measured";
        using var app = new DriveApp(o => (o.Fsync, o.LogName) = (policy, name));
        var logger = app.Logger();
        var left = 20; // each commit is measured, and so is the commit of what the listener logs
        using var listener = Listener(name, instrument =>
        {
            if (Interlocked.Decrement(ref left) >= 0) logger.LogInformation("{Instrument}", instrument.Name);
        });
        Soon.Done(Soon.Run(() => logger.LogInformation("x")));
        Soon.Is(() => Volatile.Read(ref left) <= 0 && app.Log.LastSequence == 21);
        Soon.Done(Soon.Run(app.Log.Flush));
        Assert.Equal(21, app.Read().Count);
    }

    [Fact]
    public void A_meter_listener_that_logs_each_loss_does_not_overflow_the_stack()
    {
        const string name = "never open";
        var lost = 0L;
        using var app = new LoggingApp(o => o.LogName = "never-open") { OpenFailsWith = new DurableLogException(name) };
        using var listener = Listener("never-open", instrument =>
        {
            lost++;
            app.Logger().LogInformation("lost");
        });
        app.Logger().LogInformation("x");
        Assert.InRange(lost, 2, 100);
    }

    [Fact]
    public void A_scope_provider_that_logs_comes_to_an_end()
    {
        DriveApp app = null!;
        using var _ = app = new DriveApp(build: builder => builder.Services.AddSingleton<IExternalScopeProvider>(
            new Scopes(() => app.Logger().LogInformation("from within"))));
        Soon.Done(Soon.Run(() => app.Logger().LogInformation("x")));
        Assert.Equal("EventLost", Assert.Single(app.Notices).Name);
        Assert.Equal([.. Enumerable.Repeat("from within", 7), "x"], app.Read().Select(e => e.GetProperty("@mt").GetString()));
    }

    [Fact]
    public void A_scope_provider_that_throws_costs_the_scopes_and_not_the_event()
    {
        using var app = new DriveApp(build: builder => builder.Services.AddSingleton<IExternalScopeProvider>(
            new Scopes(() => throw new InvalidOperationException("no scopes"))));
        app.Logger().LogInformation("x");
        Assert.Equal("(threw InvalidOperationException: no scopes)", Assert.Single(app.Read()).GetProperty("ScopeFailure").GetString());
    }

    [Fact]
    public void What_the_callers_context_holds_is_neither_seen_nor_kept_by_the_logs_threads()
    {
        var context = new AsyncLocal<object?>();
        var seen = new ConcurrentQueue<(string? Thread, object? Value)>();
        using var app = new DriveApp(o => o.OnNotice = notice =>
        {
            if (notice.Name == "SegmentPoisoned") seen.Enqueue((Thread.CurrentThread.Name, context.Value));
        });
        context.Value = "a request";
        app.Logger().LogInformation("opens the log, starts its threads");
        app.Drive.FailNext(DriveCall.WriteDurable, Errno.EIO);
        app.Logger().LogInformation("fails once");
        Soon.Is(() => !seen.IsEmpty);
        Assert.Equal(("DurableSink commit app", null), Assert.Single(seen)); // the window was closed by a thread of the log's own
    }

    private static MeterListener Listener(string log, Action<Instrument> heard)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, me) =>
            {
                if (instrument.Meter.Name == "DurableSink") me.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Hear(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Hear(instrument, tags));
        listener.Start();
        return listener;

        void Hear(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
                if (log.Equals(tag.Value))
                    heard(instrument);
        }
    }

    private sealed class Scopes(Action action) : IExternalScopeProvider
    {
        public void ForEachScope<TState>(Action<object?, TState> callback, TState state) => action();

        public IDisposable Push(object? state) => throw new NotSupportedException();
    }
}
