using System.Runtime.CompilerServices;
using DurableSink.Tests.Model;
using Xunit;

namespace DurableSink.Tests;

/// <summary>Each planted bug is caught by the model test, and without one nothing is.</summary>
public sealed class TeethTests
{
    private const int Most = 600; // programs

    public static TheoryData<string> Bugs => [.. Directory.GetFiles(Path.Combine(Here(), "Bugs"), "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)!).Where(name => name[0] != '_').Order()];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void The_model_test_catches_it(string bug)
    {
        Bug.Awake = bug;
        try
        {
            var run = new ModelRun(1, Most);
            var failure = run.Run();
            Assert.True(failure != null, $"Not caught by {run.Programs} programs with {run.Points} crash points.");
            Console.WriteLine($"{bug}: caught after {run.Programs} programs, {run.Points} crash points, {run.Elapsed.TotalSeconds:0.0} s (seed {failure.Seed}): {failure.Message.Split('\n')[0]}");
        }
        finally
        {
            Bug.Awake = null;
        }
    }

    [Fact]
    public void Without_a_bug_nothing_is_caught()
    {
        Assert.Null(Bug.Awake);
        var run = new ModelRun(int.TryParse(Environment.GetEnvironmentVariable("SEED"), out var first) ? first : 1, int.TryParse(Environment.GetEnvironmentVariable("N"), out var n) ? n : 100);
        var failure = run.Run();
        Console.WriteLine($"{run.Programs} programs, {run.Points} points, removed {run.Removed}, {run.Elapsed}");
        if (failure != null) Assert.Fail($"{failure}\n\nShrunk:\n{failure.Shrink(TimeSpan.FromMinutes(1))}");
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
