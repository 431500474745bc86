using DurableSink.Commit;
using Xunit;

namespace DurableSink.Tests.Commit;

public sealed class WaiterTests
{
    [Fact]
    public void Threads_that_one_thread_is_to_wake_all_return_and_those_it_does_not_take_are_left()
    {
        var (waiters, threads) = Waiting(6);
        var taken = waiters[1..].Select(waiters[0].TryWake).ToList();
        waiters[0].Complete(null);
        foreach (var n in Enumerable.Range(0, 6).Where(n => n == 0 || taken[n - 1])) Soon.Done(threads[n]);
        Assert.Equal([true, true, true, false, false], taken);
        foreach (var left in Enumerable.Range(4, 2))
        {
            Soon.IsNot(() => threads[left].IsCompleted);
            waiters[left].Complete(null);
            Soon.Done(threads[left]);
        }
    }

    [Fact]
    public void A_continuation_that_blocks_holds_up_no_other_task_of_its_commit()
    {
        const int Tasks = 5;
        using var othersAreDone = new CountdownEvent(Tasks - 1);
        using var first = new ManualResetEventSlim();
        var group = TaskGroup.Rent();
        for (var n = 0; n < Tasks; n++)
        {
            var waiter = TaskWaiter.For(n);
            var awaiter = waiter.Task.GetAwaiter();
            var blocks = n == 0;
            awaiter.UnsafeOnCompleted(() =>
            {
                if (blocks) othersAreDone.Wait();
                awaiter.GetResult();
                if (blocks) first.Set();
                else othersAreDone.Signal();
            });
            group.Add(waiter);
        }

        group.Complete();
        Soon.Is(() => first.IsSet);
    }

    [Fact]
    public async Task A_group_is_used_again_only_when_nobody_is_at_it_any_more()
    {
        for (var round = 0; round < 2_000; round++)
        {
            var group = TaskGroup.Rent();
            var waiters = Enumerable.Range(0, 1 + round % 70).Select(n => TaskWaiter.For(n)).ToList();
            var tasks = waiters.Select(w => w.Task.AsTask()).ToList();
            foreach (var waiter in waiters) group.Add(waiter);
            group.Complete();
            Assert.Equal(Enumerable.Range(0, tasks.Count).Select(n => (long)n), await Task.WhenAll(tasks).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        }
    }

    /// <summary>Each is waited on by a thread of its own when this returns.</summary>
    private static (ThreadWaiter[] Waiters, Task[] Threads) Waiting(int count)
    {
        var waiters = new ThreadWaiter[count];
        using var ready = new CountdownEvent(count);
        var threads = Enumerable.Range(0, count).Select(n => Soon.Run(() =>
        {
            waiters[n] = ThreadWaiter.For(n);
            ready.Signal();
            Assert.False(waiters[n].Wait(out var error));
            Assert.Null(error);
        })).ToArray();
        ready.Wait();
        return (waiters, threads);
    }
}
