using DurableSink.Bench;
using DurableSink.Bench.Answers;
using DurableSink.Bench.Measuring;
using DurableSink.Bench.Recovery;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Serilog;
using DurableSink.Bench.Workloads;

if (RecoveryChild.TryRun(args) is { } code) return code;
BenchOptions options;
var isSerilog = false;
try
{
    if (args is ["recovery", ..])
    {
        new RecoveryBench(RecoveryOptions.Parse(args[1..]), Console.Out).Run();
        return 0;
    }

    if (args is ["answers", ..])
    {
        await new AnswerBench(BenchOptions.Parse(args[1..]), Console.Out).RunAsync();
        return 0;
    }

    if (args is ["serilog", .. var rest]) (isSerilog, args) = (true, rest);
    options = BenchOptions.Parse(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.WriteLine(BenchOptions.Usage);
    Console.Error.WriteLine(RecoveryOptions.Usage);
    return 2;
}

// The raw loops come first: everything else is given as a ratio to the faster one.
IWorkload[] workloads = isSerilog
    ?
    [
        new RawLoop(RawFlush.OneCall),
        new SerilogThreads(AuditSinkKind.Durable, 1),
        new SerilogThreads(AuditSinkKind.FlushedFile, 1),
        new SerilogThreads(AuditSinkKind.Durable, 8),
        new SerilogThreads(AuditSinkKind.FlushedFile, 8),
        new SerilogThreads(AuditSinkKind.Durable, 64),
        new SerilogThreads(AuditSinkKind.FlushedFile, 64),
    ]
    :
[
    new RawLoop(RawFlush.OneCall),
    new SynchronousProducers(1),
    new RawLoop(RawFlush.Separate),
    new SynchronousProducers(2),
    new SynchronousProducers(8),
    new SynchronousProducers(64),
    new AsynchronousProducers(64),
    new AsynchronousProducers(256),
];

var place = Place.Of(options.Directory);
var rounds = new Rounds(workloads, options);
rounds.Run();
var summary = new Summary(rounds, options, place);
TextReport.Write(summary, Console.Out);
if (options.JsonFile != null) JsonReport.Write(summary, options.JsonFile);
return 0;
