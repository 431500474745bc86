using System.Reflection;
using System.Runtime.CompilerServices;
using PublicApiGenerator;
using SegmentShipper;
using Serilog;
using Xunit;

namespace DurableSink.Api.Tests;

/// <summary>The public surface of each package is the one in <c>Approved</c>: no member comes, goes or changes unseen.</summary>
public sealed class ApprovedApiTests
{
    private const string Accept = "DURABLESINK_ACCEPT_API";

    private static readonly ApiGeneratorOptions Form = new()
    {
        IncludeAssemblyAttributes = false,
        DenyNamespacePrefixes = [], // by default it leaves out Microsoft, where our extension methods are
        ExcludeAttributes = ["System.Runtime.CompilerServices.AsyncIteratorStateMachineAttribute"],
    };

    public static TheoryData<Type> OneOfEach =>
        [typeof(DurableLog), typeof(DurableAuditAnswerOptions), typeof(DurableFileLoggerConfigurationExtensions), typeof(ISegmentShipper)];

    [Theory]
    [MemberData(nameof(OneOfEach))]
    public void The_surface_is_the_approved_one(Type inIt)
    {
        var assembly = inIt.Assembly;
        var name = assembly.GetName().Name!;
        var (file, now) = (Path.Combine(Here(), "Approved", $"{name}.txt"), Surface(assembly));
        if (Environment.GetEnvironmentVariable(Accept) == "1") File.WriteAllText(file, now);
        var was = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.True(now == was, $"""
            The public surface of {name} is not the approved one ({file}):
            {Difference(was, now)}
            Where that is meant, accept it, and say it in the commit:
                {Accept}=1 dotnet test --project tests/DurableSink.Api.Tests -c Release
            """);
    }

    [Fact]
    public void What_is_exported_stands_in_it()
    {
        // The generator leaves out what it is not told to take: held against reflection.
        foreach (var row in OneOfEach)
        {
            var assembly = row.Data.Assembly;
            var surface = Surface(assembly);
            Assert.All(assembly.GetExportedTypes(), type => Assert.Contains(type.Name.Split('`')[0], surface, StringComparison.Ordinal));
        }
    }

    private static string Surface(Assembly assembly) => assembly.GeneratePublicApi(Form).ReplaceLineEndings("\n").TrimEnd() + "\n";

    /// <summary>Lines that went and came, in the order in which they stand.</summary>
    private static string Difference(string was, string now)
    {
        var (before, after) = (was.Split('\n'), now.Split('\n'));
        var gone = before.Except(after).Select(line => $"  - {line.Trim()}");
        var come = after.Except(before).Select(line => $"  + {line.Trim()}");
        var lines = gone.Concat(come).ToList();
        return lines.Count > 0 ? string.Join('\n', lines) : "  the same lines in another order or number";
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
