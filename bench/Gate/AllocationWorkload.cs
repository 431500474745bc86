using DurableSink.Bench.FireAndForget;
using DurableSink.Bench.Limits;
using DurableSink.Bench.Paced;
using DurableSink.Bench.Reporting;
using DurableSink.Bench.Running;
using Microsoft.Extensions.Logging;

namespace DurableSink.Bench.Gate;

/// <summary>What a log call allocates on its caller's thread, to the byte: a count, no time, so one process for each is enough.</summary>
internal static class AllocationWorkload
{
    private const string Bytes = "bytes";
    private const string Generated = "DurableSink, [LoggerMessage]", GeneratedRead = "a provider that only reads, [LoggerMessage]";
    private const string Extension = "DurableSink, LogInformation", ExtensionRead = "a provider that only reads, LogInformation";
    private const int WarmPerSecond = 100_000, WarmSeconds = 1;
    private const int Few = 1_000; // the runtime's own, now and then: less than a byte for 20 calls
    private const int Calls = 20_000; // they fit into the buffer: a caller that waits for room is another matter

    public static Workload Create() => new(
        "allocation", "what a log call allocates", WarmSeconds,
        [
            Of(Generated, Kind.Ours, f => FrameworkSink.Ours(CallStyle.Generated, f)),
            Of(GeneratedRead, Kind.Limit, _ => Reading(CallStyle.Generated)),
            Of(Extension, Kind.Ours, f => FrameworkSink.Ours(CallStyle.Extension, f)),
            Of(ExtensionRead, Kind.Limit, _ => Reading(CallStyle.Extension)),
        ],
        [new(Bytes, $"bytes in {Calls:#,0} calls")],
        [
            Target.AtMost(Few, $"bytes allocated in {Calls:#,0} calls beyond the framework's", r => Beyond(r, Generated, GeneratedRead)),
            Target.AtMost(Few, "the same, LogInformation", r => Beyond(r, Extension, ExtensionRead)),
        ])
    {
        Rounds = 1,
    };

    private static Spread? Beyond(Results results, string one, string other) => Results.Difference(results.Find(one, 1), results.Find(other, 1), Bytes);

    private static FrameworkSink Reading(CallStyle style) => new(style, b => b.AddProvider(new EmptyProvider(reads: true)));

    private static Case Of(string name, Kind kind, Func<string, IEventSink> open) => new(name, 1, kind, setup =>
    {
        using var sink = open(setup.Folder);
        Pacer.Run(1, WarmPerSecond, WarmSeconds, sink.Log); // until the path is compiled in full: before that, values are boxed on the heap
        Call();
        double[] thrice = [Call(), Call(), Call()];
        return new() { [Bytes] = thrice.Order().ElementAt(1) };

        double Call()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var n = 0; n < Calls; n++) sink.Log(n);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    });
}
