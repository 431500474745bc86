namespace DurableSink.Bench.Measuring;

/// <summary>
/// Runs all workloads once per round, so that what else the machine does falls on all of them alike. A first round warms up (code is
/// compiled, the file system has its metadata) and does not count; every other round goes backwards.
/// </summary>
internal sealed class Rounds(IReadOnlyList<IWorkload> workloads, BenchOptions options)
{
    private readonly Dictionary<IWorkload, List<Measurement>> _results = workloads.ToDictionary(w => w, _ => new List<Measurement>());

    public IReadOnlyList<IWorkload> Workloads => workloads;

    /// <summary>A workload's measurements, one per round in order.</summary>
    public IReadOnlyList<Measurement> Of(IWorkload workload) => _results[workload];

    public void Run()
    {
        foreach (var workload in workloads) RunOne(workload, Math.Min(1, options.Seconds));
        for (var round = 1; round <= options.Rounds; round++)
        {
            Console.Error.WriteLine($"round {round} of {options.Rounds}");
            foreach (var workload in round % 2 == 1 ? workloads : workloads.Reverse())
                _results[workload].Add(RunOne(workload, options.Seconds));
        }
    }

    private Measurement RunOne(IWorkload workload, double seconds)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.Directory, $"run-{Guid.NewGuid():n}")).FullName;
        try
        {
            GC.Collect();
            return workload.Run(folder, seconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
