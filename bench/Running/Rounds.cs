using DurableSink.Bench.Reporting;

namespace DurableSink.Bench.Running;

/// <summary>
/// Runs all cases once per round, each in a process of its own, so that what else the machine does falls on all of them alike; every other
/// round goes backwards. What one leaves in the page cache is removed, and the file system settled, before the next begins.
/// </summary>
internal static class Rounds
{
    public static Results Run(Workload workload, BenchOptions options)
    {
        var (seconds, rounds) = (options.Seconds ?? workload.Seconds, options.Rounds ?? workload.Rounds);
        var results = new Results(workload.Id, seconds, Place.Of(options.Directory).Description, Runtime.Description);
        var cases = workload.Cases.Where(c => options.Only is not { } only || c.Contender.Contains(only, StringComparison.OrdinalIgnoreCase)).ToList();
        foreach (var missing in cases.Where(c => c.Missing != null)) results.Skip(missing);
        cases.RemoveAll(c => c.Missing != null);
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var one in round % 2 == 1 ? cases : cases.AsEnumerable().Reverse())
            {
                Console.Error.WriteLine($"{workload.Id}, round {round} of {rounds}: {one.Contender}, {one.Producers}");
                results.Add(one, InFolder(options.Directory, folder => Child.Measure(workload, one, folder, seconds)));
            }
        }
        return results;
    }

    private static Figures InFolder(string directory, Func<string, Figures> measure)
    {
        var folder = Directory.CreateDirectory(Path.Combine(directory, $"run-{Guid.NewGuid():n}")).FullName;
        try
        {
            return measure(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            Limits.RawCalls.Sync();
        }
    }
}
