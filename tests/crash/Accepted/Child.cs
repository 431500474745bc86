namespace DurableSink.Accepted;

/// <summary>Appends from all threads as fast as it can, and ends as it is told.</summary>
internal static class Child
{
    private const long SegmentBytes = 4 << 20; // rolls and seals all the time

    public static int Run(string directory, string counts, FsyncPolicy policy, string end, int milliseconds)
    {
        using var log = DurableLog.Open(new() { Directory = directory, LogName = "accepted", Fsync = policy, SegmentBytes = SegmentBytes });
        using var returned = new Counts(counts);
        for (var i = 0; i < Counts.Threads; i++)
        {
            var thread = i;
            new Thread(() =>
            {
                for (var n = returned[thread] + 1; ; n++)
                {
                    log.Append(DurableEvent.Create("{Thread} wrote {N}: {Text}", thread, n, Text(n)));
                    returned[thread] = n;
                }
            })
            { IsBackground = true }.Start();
        }

        Console.WriteLine("writing");
        using var never = new ManualResetEventSlim();
        never.Wait(milliseconds); // the random moment itself, no wait for anything
        if (end == "failfast") Environment.FailFast("as it was told");
        if (end == "throw") new Thread(() => throw new InvalidOperationException("as it was told")).Start();
        if (end == "memory") TakeMemory();
        never.Wait();
        return 0;
    }

    private static string Text(long n) => new('x', (int)(n * 37 % 500));

    /// <summary>Until the limit that the test has set ends the process.</summary>
    private static void TakeMemory()
    {
        var all = new List<byte[]>();
        while (true)
        {
            var some = new byte[16 << 20];
            some.AsSpan().Fill(1);
            all.Add(some);
        }
    }
}
