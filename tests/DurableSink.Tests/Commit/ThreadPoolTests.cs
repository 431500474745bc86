using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>Alone in the process: it blocks the thread pool.</summary>
[CollectionDefinition(nameof(ThreadPoolTests), DisableParallelization = true)]
public sealed class ThreadPoolCollection;

/// <summary>Nothing on the way to durability needs a thread of the pool (DESIGN §4).</summary>
[Collection(nameof(ThreadPoolTests))]
public sealed class ThreadPoolTests : CommitTest
{
    [Theory]
    [InlineData(FsyncPolicy.Always)]
    [InlineData(FsyncPolicy.Batch)]
    [InlineData(FsyncPolicy.Os)]
    public void Blocked_pool_threads_block_nobody(FsyncPolicy policy)
    {
        ThreadPool.GetMaxThreads(out var workers, out var ports);
        using var unblock = new ManualResetEventSlim();
        using var ran = new CountdownEvent(1);
        Assert.True(ThreadPool.SetMaxThreads(Math.Max(2, Environment.ProcessorCount), ports));
        try
        {
            for (var i = 0; i < 2 * Environment.ProcessorCount + 8; i++) ThreadPool.UnsafeQueueUserWorkItem(_ => unblock.Wait(CancellationToken.None), null);
            ThreadPool.UnsafeQueueUserWorkItem(_ => ran.Signal(), null);
            Progress(policy);
            Assert.False(ran.IsSet); // the pool was blocked all the time
        }
        finally
        {
            unblock.Set();
            Assert.True(ran.Wait(Soon.Deadline, CancellationToken.None));
            ThreadPool.SetMaxThreads(workers, ports);
        }
    }

    private void Progress(FsyncPolicy policy)
    {
        using var log = Open(policy);
        var threads = Enumerable.Range(1, 64).Select(n => new Thread(() =>
        {
            log.Append(Event(n));
            log.Flush();
        })
        { IsBackground = true }).ToList();
        threads.ForEach(thread => thread.Start());
        var waits = Enumerable.Range(65, 64).Select(n => log.AppendAsync(Event(n), CancellationToken.None).AsTask()).ToList();
        foreach (var thread in threads) Assert.True(thread.Join(Soon.Deadline));
        Soon.Is(() => log.DurableSequence == 128);
        var sealing = log.SealAsync(CancellationToken.None).AsTask();
        Soon.Is(() => Sealed().Count == 1);
        Assert.NotNull(sealing);
        Assert.Equal(64, waits.Count);
        Assert.Equal(Numbers(1, 128), AfterCut().Order());
    }
}
