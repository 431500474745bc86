using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using DurableSink.Tests.Model;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)] // a bug is awake for the whole process

namespace DurableSink.Tests;

/// <summary>Each planted bug is caught: by the model test, or, where its file says so, by the test it names.</summary>
public sealed class TeethTests
{
    private const int Most = 1000; // programs

    public static TheoryData<string> Bugs => [.. Directory.GetFiles(Path.Combine(Here(), "Bugs"), "*.txt")
        .Select(path => Path.GetFileNameWithoutExtension(path)!).Where(name => name[0] != '_').Order()];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void It_is_caught(string bug)
    {
        var by = Said(bug, "Caught by: ");
        if (by != null) CaughtBy(null, by); // it passes without the bug
        Bug.Awake = bug;
        try
        {
            if (by == null) CaughtByModel(bug);
            else CaughtBy(bug, by);
        }
        finally
        {
            Bug.Awake = null;
        }
    }

    /// <summary>The engine as it is, in the same build: <c>DURABLESINK_MODEL_PROGRAMS</c>, <c>_SEED</c> and <c>_MINUTES</c> ask for more.</summary>
    [Fact]
    public void Without_a_bug_nothing_is_caught()
    {
        Assert.Null(Bug.Awake);
        var run = new ModelRun(Number("SEED") ?? 1, Number("PROGRAMS") ?? 100, TimeSpan.FromMinutes(Number("MINUTES") ?? 0));
        if (run.Run() is { } failure) Assert.Fail($"{failure}\n\nShrunk:\n{failure.Shrink(TimeSpan.FromMinutes(1))}");
        Console.WriteLine($"no bug: {run.Programs} programs, {run.Points} crash points, {run.Removed} segments removed, {run.Elapsed.TotalSeconds:0} s");
    }

    private static void CaughtByModel(string bug)
    {
        var first = int.Parse(Said(bug, "First program: ") ?? "1", CultureInfo.InvariantCulture);
        var run = new ModelRun(first, Most);
        var failure = run.Run();
        Assert.True(failure != null, $"Not caught by {run.Programs} programs with {run.Points} crash points.");
        Console.WriteLine($"{bug}: {run.Programs} programs, {run.Points} crash points, {run.Elapsed.TotalSeconds:0.0} s; seed {failure.Seed}: {failure.Message.Split('\n')[0]}");
    }

    /// <summary>What a bug's file says behind these words, if it does.</summary>
    private static string? Said(string bug, string words) =>
        File.ReadLines(Path.Combine(Here(), "Bugs", bug + ".txt")).FirstOrDefault(line => line.StartsWith(words, StringComparison.Ordinal))?[words.Length..];

    /// <summary>A test by its class and name, and what it is to be called with.</summary>
    private static void CaughtBy(string? bug, string by)
    {
        var words = by.Split(' ');
        var dot = words[0].LastIndexOf('.');
        var type = typeof(TeethTests).Assembly.GetType(words[0][..dot], throwOnError: true)!;
        var test = type.GetMethod(words[0][(dot + 1)..]) ?? throw new InvalidOperationException($"There is no test '{words[0]}'.");
        var error = Record.Exception(() => test.Invoke(Activator.CreateInstance(type), [.. test.GetParameters().Zip(words[1..], Value)]));
        if (bug == null) Assert.Null(error);
        else Assert.IsType<TargetInvocationException>(error);
        if (bug != null) Console.WriteLine($"{bug}: {words[0][(dot + 1)..]}");
    }

    private static object? Value(ParameterInfo parameter, string word) => TypeDescriptor.GetConverter(parameter.ParameterType).ConvertFromInvariantString(word);

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable("DURABLESINK_MODEL_" + name), out var value) ? value : null;

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
