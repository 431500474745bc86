using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.Commit;

/// <summary>Concurrent callers share flushes, and nobody is left behind.</summary>
public sealed class GroupCommitTests : CommitTest
{
    private const int Callers = 64;

    [Theory]
    [InlineData(FsyncPolicy.Always, false)]
    [InlineData(FsyncPolicy.Always, true)]
    [InlineData(FsyncPolicy.Batch, true)]
    [InlineData(FsyncPolicy.Os, true)]
    public void Those_who_arrive_while_a_commit_runs_share_the_next_flush(FsyncPolicy policy, bool isAsync)
    {
        using var log = Open(policy, o => o.BatchWindow = TimeSpan.FromSeconds(10));
        log.Append(Event(1));
        log.Flush();
        var flushes = Drive.Calls(DriveCall.Flush);
        using var hold = new Hold(Drive, DriveCall.Flush);
        var first = log.AppendAsync(Event(2), TestContext.Current.CancellationToken).AsTask();
        hold.WaitEntered();
        var others = Enumerable.Range(3, Callers).Select(n => isAsync
            ? log.AppendAsync(Event(n), TestContext.Current.CancellationToken).AsTask()
            : Soon.Run(() => log.Append(Event(n)))).ToList();
        Soon.Is(() => log.LastSequence == Callers + 2);
        hold.Release();
        Assert.Equal(2, Soon.Result(first));
        Assert.Equal(Enumerable.Range(3, Callers).Select(n => (long)n), others.Select(Soon.Result).Order()); // unique, contiguous
        Assert.Equal(flushes + 2, Drive.Calls(DriveCall.Flush)); // the first one's, and one for all the others
        Assert.Equal(Numbers(1, Callers + 2), AfterCut().Order());
    }

    [Fact]
    public void A_synchronous_caller_who_finds_no_commit_under_way_commits_itself()
    {
        using var log = Open(FsyncPolicy.Always);
        log.Append(Event(1));
        var committers = new HashSet<int>();
        Drive.Called += (call, _, _, _) =>
        {
            if (call == DriveCall.Flush) committers.Add(Environment.CurrentManagedThreadId);
        };
        Append(log, 2, 20);
        Assert.Equal([Environment.CurrentManagedThreadId], committers);
    }

    [Fact]
    public void A_caller_s_event_that_was_committed_by_another_needs_no_flush_of_its_own()
    {
        using var log = Open(FsyncPolicy.Always);
        log.Append(Event(1));
        using var hold = new Hold(Drive, DriveCall.Flush);
        var leader = Soon.Run(() => log.Append(Event(2)));
        hold.WaitEntered();
        var flush = Soon.Run(log.Flush); // waits for the event of the leader, no more
        Soon.IsNot(() => flush.IsCompleted);
        var flushes = Drive.Calls(DriveCall.Flush);
        hold.Release();
        Soon.Done(flush);
        Soon.Result(leader);
        Assert.Equal(flushes, Drive.Calls(DriveCall.Flush));
    }

    [Theory]
    [InlineData(FsyncPolicy.Always, 1)]
    [InlineData(FsyncPolicy.Always, 2)]
    [InlineData(FsyncPolicy.Batch, 3)]
    [InlineData(FsyncPolicy.Os, 4)]
    public void Random_mixtures_of_callers_strand_nobody(FsyncPolicy policy, int seed)
    {
        const int Threads = 12;
        const int Each = 150;
        using var log = Open(policy, o => o.BatchWindow = TimeSpan.FromMilliseconds(2));
        var threads = Enumerable.Range(0, Threads).Select(t => Soon.Run(() => Mixture(log, t * Each, Each, new Random(seed * 100 + t)))).ToList();
        var told = threads.SelectMany(Soon.Result).ToDictionary(pair => pair.Sequence, pair => pair.N); // each number once
        Soon.Done(Soon.Run(log.Flush));
        Assert.Equal(Threads * Each, log.LastSequence);
        Assert.Equal(log.LastSequence, log.DurableSequence);
        var found = AfterCut();
        Assert.Equal(Threads * Each, found.Distinct().Count());
        Assert.All(told, pair => Assert.Equal(pair.Value, found[(int)pair.Key - 1]));
    }

    private static List<(long Sequence, long N)> Mixture(DurableLog log, int from, int count, Random random)
    {
        var told = new List<(long, long)>();
        var waits = new List<(Task<long> Append, long N)>();
        for (var n = from; n < from + count; n++)
        {
            var e = Event(n, random.Next(4) == 0 ? random.Next(3000) : 0);
            switch (random.Next(4))
            {
                case 0:
                    waits.Add((log.AppendAsync(e).AsTask(), n));
                    break;
                case 1:
                    told.Add((Soon.Result(log.AppendAsync(e)), n));
                    break;
                default:
                    told.Add((log.Append(e), n));
                    break;
            }

            if (random.Next(10) == 0) log.Flush();
            if (random.Next(10) == 0) Soon.Done(log.FlushAsync());
            if (random.Next(100) == 0) Soon.Done(log.SealAsync());
        }

        told.AddRange(waits.Select(wait => (Soon.Result(wait.Append), wait.N)));
        return told;
    }
}
