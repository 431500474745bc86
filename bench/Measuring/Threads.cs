namespace DurableSink.Bench.Measuring;

/// <summary>Threads that run the same work side by side.</summary>
internal static class Threads
{
    /// <summary>Returns when all have ended. An exception ends the measurement: a producer that fails has measured nothing.</summary>
    public static void Run(int count, Action<int> work)
    {
        var errors = new Exception?[count];
        var running = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            var mine = i;
            running[i] = new(() =>
            {
                try
                {
                    work(mine);
                }
                catch (Exception e) // thrown again below, where the run ends
                {
                    errors[mine] = e;
                }
            });
        }
        foreach (var thread in running) thread.Start();
        foreach (var thread in running) thread.Join();
        if (errors.FirstOrDefault(e => e != null) is { } error) throw new InvalidOperationException("a producer failed", error);
    }
}
