using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>Cancellation ends only the wait (DESIGN §5).</summary>
public sealed class CancellationTests : CommitTest
{
    [Theory]
    [InlineData(FsyncPolicy.Always)]
    [InlineData(FsyncPolicy.Batch)]
    [InlineData(FsyncPolicy.Os)]
    public void A_cancelled_wait_names_the_event_which_becomes_durable(FsyncPolicy policy)
    {
        using var log = Open(policy);
        Soon.Result(log.AppendAsync(Event(1), TestContext.Current.CancellationToken));
        using var cancel = new CancellationTokenSource();
        using (var hold = new Hold(Drive, DriveCall.Flush))
        {
            var append = log.AppendAsync(Event(2), cancel.Token).AsTask();
            var flush = log.FlushAsync(cancel.Token).AsTask();
            hold.WaitEntered();
            cancel.Cancel();
            var unknown = Assert.Throws<DurableOutcomeUnknownException>(() => Soon.Result(append));
            Assert.Equal((2, cancel.Token), (unknown.Sequence, unknown.CancellationToken));
            Assert.Equal(2, Assert.Throws<DurableOutcomeUnknownException>(() => Soon.Done(flush)).Sequence);
            Assert.Equal(1, log.DurableSequence);
        }

        Soon.Is(() => log.DurableSequence == 2);
        Assert.Equal([1, 2], AfterCut());
    }

    [Fact]
    public void A_token_that_is_cancelled_already_keeps_the_event_out()
    {
        using var log = Open(FsyncPolicy.Batch);
        var cancelled = new CancellationToken(canceled: true);
        var error = Assert.ThrowsAny<OperationCanceledException>(() => Soon.Result(log.AppendAsync(Event(1), cancelled)));
        Assert.IsNotType<DurableOutcomeUnknownException>(error);
        Assert.ThrowsAny<OperationCanceledException>(() => Soon.Done(log.FlushAsync(cancelled)));
        Assert.ThrowsAny<OperationCanceledException>(() => Soon.Done(log.SealAsync(cancelled)));
        Assert.Equal(0, log.LastSequence);
    }

    [Fact]
    public void Waits_that_are_cancelled_while_they_complete_end_one_way_or_the_other()
    {
        using var log = Open(FsyncPolicy.Batch);
        var (durable, unknown) = (0, 0);
        for (var n = 1; n <= 500; n++)
        {
            using var cancel = new CancellationTokenSource();
            var append = log.AppendAsync(Event(n), cancel.Token).AsTask();
            cancel.Cancel();
            try
            {
                Assert.Equal(n, Soon.Result(append));
                durable++;
            }
            catch (DurableOutcomeUnknownException e)
            {
                Assert.Equal(n, e.Sequence);
                unknown++;
            }
        }

        Assert.Equal(500, durable + unknown);
        Soon.Done(log.FlushAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Numbers(1, 500), AfterCut());
    }
}
