using System.Text.Json;
using DurableSink.Bench.Workloads;

namespace DurableSink.Bench.Reporting;

/// <summary>The same with the figures of every round, for a machine to read.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static void Write(Summary summary, string file)
    {
        var report = new
        {
            summary.Options.Rounds,
            summary.Options.Seconds,
            Policy = EngineRun.Policy.ToString(),
            summary.Place.FileSystem,
            summary.Place.Drive,
            Runtime = Runtime.Description,
            summary.Reference,
            Workloads = summary.Rows,
        };
        File.WriteAllText(file, JsonSerializer.Serialize(report, Options) + "\n");
    }
}
