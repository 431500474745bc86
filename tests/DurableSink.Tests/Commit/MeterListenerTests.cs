using System.Diagnostics.Metrics;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>Whoever listens to the meter runs on the committing thread.</summary>
public sealed class MeterListenerTests : CommitTest
{
    private const string Name = "listened";

    [Fact]
    public void A_listener_that_throws_poisons_nothing_and_reaches_no_caller()
    {
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, me) =>
            {
                if (instrument.Meter.Name == "DurableSink") me.EnableMeasurementEvents(instrument);
            },
        };
        var heard = 0;
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Hear(tags));
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Hear(tags));
        listener.Start();
        using var log = Open(FsyncPolicy.Always, o => (o.LogName, o.WhenFull) = (Name, FullMode.Drop));
        Assert.Equal(1, Soon.Result(Soon.Run(() => log.Append(Event(1)))));
        Assert.Equal(2, Soon.Result(Soon.Run(() => log.Append(Event(2)))));
        Assert.Equal(0, log.AppendLine(new byte[log.MaxBodyBytes + 1], waitDurable: false, told: false)); // dropped, counted
        Assert.NotEqual(0, heard);
        Assert.DoesNotContain(Notices, n => n.Name is not ("EventsDropped" or "Opened"));

        Drive.FailNext(DriveCall.Flush, Errno.EIO);
        Assert.Equal(3, Soon.Result(Soon.Run(() => log.Append(Event(3))))); // a real failure is answered all the same
        Assert.Single(Notices, n => n.Name == "SegmentPoisoned");

        void Hear(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                if (tag.Value is not Name) continue;
                heard++;
                throw new InvalidOperationException("a listener's own failure");
            }
        }
    }

    [Fact]
    public void Who_waited_is_told_before_the_commit_is_measured()
    {
        var appended = new TaskCompletionSource<Task>();
        var wasTold = new TaskCompletionSource<bool>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, me) =>
            {
                if (instrument is { Meter.Name: "DurableSink", Name: "durablesink.commit.duration" }) me.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (var tag in tags)
                if (tag.Value is Name)
                    wasTold.TrySetResult(EndsMeanwhile(appended.Task)); // as one that needs a lock of who waits
        });
        listener.Start();
        using var log = Open(FsyncPolicy.Always, o => o.LogName = Name);
        appended.SetResult(log.AppendAsync(Event(1), TestContext.Current.CancellationToken).AsTask());
        Assert.True(Soon.Result(wasTold.Task));
    }

    private static bool EndsMeanwhile(Task<Task> task) => SpinWait.SpinUntil(() => task.IsCompletedSuccessfully && task.Result.IsCompleted, Soon.Deadline / 4);
}
