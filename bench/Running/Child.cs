using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace DurableSink.Bench.Running;

/// <summary>
/// Each measurement has a process of its own, as it would have in an application: its code is compiled for what it does, no other contender's
/// garbage or threads are there, and its memory is its own. The last line on standard output is the result.
/// </summary>
internal static class Child
{
    private const string Verb = "child";

    public static Figures Measure(Workload workload, Case one, string folder, double seconds)
    {
        var start = Self([Verb, workload.Id, one.Contender, one.Producers.ToString(CultureInfo.InvariantCulture), folder, seconds.ToString("R", CultureInfo.InvariantCulture)]);
        // What is called often is compiled in full at once, not 100 ms after the last new method was seen: the same code, sooner.
        if (!workload.IsCold) start.Environment["DOTNET_TC_CallCountingDelayMs"] = "0";
        using var child = Process.Start(start)!;
        var said = Finish(child);
        return JsonSerializer.Deserialize<Figures>(said.AsSpan(said.LastIndexOf('\n') + 1))!;
    }

    /// <summary>Whether this process is a child; then it has done its work.</summary>
    public static bool TryRun(string[] args, IReadOnlyList<Workload> workloads)
    {
        if (args is not [Verb, var id, var contender, var producers, var folder, var seconds]) return false;
        var count = int.Parse(producers, CultureInfo.InvariantCulture);
        var one = workloads.Single(w => w.Id == id).Cases.Single(c => c.Contender == contender && c.Producers == count);
        Console.WriteLine(JsonSerializer.Serialize(one.Measure(new(folder, double.Parse(seconds, CultureInfo.InvariantCulture)))));
        return true;
    }

    /// <summary>What it said, when it has ended.</summary>
    public static string Finish(Process child)
    {
        var said = child.StandardOutput.ReadToEnd().Trim();
        child.WaitForExit();
        return child.ExitCode == 0 ? said : throw new InvalidOperationException($"A measuring process ended with {child.ExitCode}.");
    }

    /// <summary>Starts this program with other arguments; its standard output is read by the caller.</summary>
    public static Process Start(params IEnumerable<string> args) => Process.Start(Self(args))!;

    private static ProcessStartInfo Self(IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (var argument in args) start.ArgumentList.Add(argument);
        return start;
    }
}
