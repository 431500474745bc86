using DurableSink.Tests.Model;
using Xunit;

namespace DurableSink.Tests;

public sealed class TeethTests
{
    private const int Most = 2000; // programs

    [Fact]
    public void Without_a_bug_nothing_is_caught()
    {
        Assert.Null(Bug.Awake);
        var run = new ModelRun(1, int.TryParse(Environment.GetEnvironmentVariable("N"), out var n) ? n : 100);
        var failure = run.Run();
        Console.WriteLine($"{run.Programs} programs, {run.Points} points, removed {run.Removed}, {run.Elapsed}");
        if (failure != null) Assert.Fail($"{failure}\n\nShrunk:\n{failure.Shrink(TimeSpan.FromMinutes(1))}");
    }
}
