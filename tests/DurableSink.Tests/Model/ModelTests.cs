using System.Globalization;
using Xunit;

namespace DurableSink.Tests.Model;

/// <summary>Random programs against D1 to D8. <c>DURABLESINK_MODEL_PROGRAMS</c> asks for more of them, <c>DURABLESINK_MODEL_SEED</c> begins
/// with another one; a failure names its seed and what was done.</summary>
public sealed class ModelTests
{
    [Fact]
    public void Random_programs_keep_the_promise()
    {
        var programs = FromEnvironment("DURABLESINK_MODEL_PROGRAMS") ?? ModelSize.Programs;
        var run = new ModelRun(FromEnvironment("DURABLESINK_MODEL_SEED") ?? 1, programs, TimeSpan.FromMinutes(FromEnvironment("DURABLESINK_MODEL_MINUTES") ?? 0));
        if (run.Run() is { } failure) Assert.Fail($"{failure}\n\nShrunk:\n{failure.Shrink(TimeSpan.FromMinutes(1))}");
        Assert.True(run.Removed > 0 || programs < ModelSize.Programs, "No program removed anything.");
        Console.WriteLine($"model: {run.Programs} programs, {run.Points} crash points, {run.Removed} segments removed, {run.Elapsed.TotalSeconds:0} s");
    }

    private static int? FromEnvironment(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
