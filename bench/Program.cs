using DurableSink.Bench;
using DurableSink.Bench.Answers;
using DurableSink.Bench.Durable;
using DurableSink.Bench.FireAndForget;
using DurableSink.Bench.Paced;
using DurableSink.Bench.Recovery;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Rest;
using DurableSink.Bench.Rolls;
using DurableSink.Bench.Running;

Workload[] workloads = [DurableWorkload.Create(), FloodWorkload.Create(), PacedWorkload.Create(), RollWorkload.Create(), RestWorkload.Create()];
if (RecoveryChild.TryRun(args) is { } code) return code;
if (Neighbour.TryRun(args)) return 0;
if (Child.TryRun(args, workloads)) return 0;
try
{
    switch (args)
    {
        case ["recovery", .. var rest]: new RecoveryBench(RecoveryOptions.Parse(rest), Console.Out).Run(); return 0;
        case ["answers", .. var rest]: await new AnswerBench(BenchOptions.Parse(rest), Console.Out).RunAsync(); return 0;
        case ["all", .. var rest]: Run(workloads, BenchOptions.Parse(rest)); return 0;
        case [var verb, .. var rest] when workloads.Any(w => w.Id == verb): Run(workloads.Where(w => w.Id == verb), BenchOptions.Parse(rest)); return 0;
        default: throw new ArgumentException($"verbs: {string.Join(", ", workloads.Select(w => w.Id))}, all, recovery, answers");
    }
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.WriteLine(BenchOptions.Usage);
    Console.Error.WriteLine(RecoveryOptions.Usage);
    return 2;
}

static void Run(IEnumerable<Workload> workloads, BenchOptions options)
{
    var all = new List<Results>();
    foreach (var workload in workloads)
    {
        var results = Rounds.Run(workload, options);
        all.Add(results);
        Table.Write(workload, results, Console.Out);
        if (options.JsonFile != null) Results.Write(all, options.JsonFile);
    }
}
