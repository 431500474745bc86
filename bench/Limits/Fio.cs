using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DurableSink.Bench.Running;

namespace DurableSink.Bench.Limits;

/// <summary>The raw loop by fio: what a tool says that knows nothing of us.</summary>
internal static class Fio
{
    private const string Program = "fio";

    /// <summary>Null where it is installed.</summary>
    public static string? Missing { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, Program))) ? null : "fio is not installed";

    public static Figures Measure(Setup setup)
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true };
        foreach (var argument in (string[])
            [
                "--name=limit", $"--filename={Path.Combine(setup.Folder, "fio")}", "--size=64m", "--overwrite=1", "--rw=write", "--bs=4k", "--direct=1", "--fdatasync=1",
                "--ioengine=psync", "--time_based", string.Create(CultureInfo.InvariantCulture, $"--runtime={Math.Max(1, Math.Round(setup.Seconds))}"), "--output-format=json",
            ]) start.ArgumentList.Add(argument);
        using var fio = Process.Start(start)!;
        using var answer = JsonDocument.Parse(Child.Finish(fio));
        return new() { [Figure.PerSecond] = answer.RootElement.GetProperty("jobs")[0].GetProperty("write").GetProperty("iops").GetDouble() };
    }
}
