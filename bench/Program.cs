using DurableSink.Bench;
using DurableSink.Bench.Answers;
using DurableSink.Bench.Durable;
using DurableSink.Bench.FireAndForget;
using DurableSink.Bench.Gate;
using DurableSink.Bench.Paced;
using DurableSink.Bench.Recovery;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Rest;
using DurableSink.Bench.Rolls;
using DurableSink.Bench.Running;
using DurableSink.Bench.Tuning;

Workload durable = DurableWorkload.Create(), flood = FloodWorkload.Create(), gate = GateWorkload.Create(durable, flood), allocation = AllocationWorkload.Create();
Workload[] all = [durable, flood, PacedWorkload.Create(), RecoveryWorkload.Create(), RollWorkload.Create(), RestWorkload.Create()];
Workload[] workloads = [.. all, TuneWorkload.Create(), gate, allocation];
if (RecoveryChild.TryRun(args) is { } code) return code;
if (Neighbour.TryRun(args)) return 0;
if (Child.TryRun(args, workloads)) return 0;
try
{
    switch (args)
    {
        case ["report", var page, _, ..]: Report.Write(page, args[2..], workloads, Console.Out); return 0;
        case ["recovery", .. var rest]: new RecoveryBench(RecoveryOptions.Parse(rest), Console.Out).Run(); return 0;
        case ["answers", .. var rest]: await new AnswerBench(BenchOptions.Parse(rest), Console.Out).RunAsync(); return 0;
        case ["all", .. var rest]: Run(all, BenchOptions.Parse(rest)); return 0;
        case ["gate", .. var rest]: return Run([gate, allocation], BenchOptions.Parse(rest)) ? 0 : 1;
        case [var verb, .. var rest] when workloads.Any(w => w.Id == verb): Run(workloads.Where(w => w.Id == verb), BenchOptions.Parse(rest)); return 0;
        default: throw new ArgumentException($"verbs: {string.Join(", ", all.Select(w => w.Id))}, all, tune, gate, allocation, report, recovery, answers");
    }
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.WriteLine(BenchOptions.Usage);
    Console.Error.WriteLine(RecoveryOptions.Usage);
    Console.Error.WriteLine(Report.Usage);
    return 2;
}

// Whether all that is wanted was reached.
static bool Run(IEnumerable<Workload> workloads, BenchOptions options)
{
    var isMet = true;
    var all = new List<Results>();
    foreach (var workload in workloads)
    {
        var results = Rounds.Run(workload, options);
        all.Add(results);
        Table.Write(workload, results, Console.Out);
        if (options.JsonFile != null) Results.Write(all, options.JsonFile);
        isMet &= workload.Targets.All(t => t.IsMet(results) == true);
    }
    return isMet;
}
