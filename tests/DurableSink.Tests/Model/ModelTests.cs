using System.Globalization;
using DurableSink.Tests.Commit;
using Xunit;

namespace DurableSink.Tests.Model;

/// <summary>Random programs against D1 to D8. <c>DURABLESINK_MODEL_PROGRAMS</c> asks for more of them, <c>DURABLESINK_MODEL_SEED</c> begins
/// with another one; a failure names its seed and what was done.</summary>
public sealed class ModelTests
{
    private const int Programs = 200;

    [Fact]
    public void Random_programs_keep_the_promise()
    {
        var programs = FromEnvironment("DURABLESINK_MODEL_PROGRAMS") ?? Programs;
        var first = FromEnvironment("DURABLESINK_MODEL_SEED") ?? 1;
        var removed = 0;
        for (var seed = first; seed < first + programs; seed++)
        {
            using var program = new ModelProgram(seed);
            try
            {
                Soon.Done(Soon.Run(program.Run)); // on a thread of its own: one that hangs is told of too
                removed += program.Removed;
            }
            catch (Exception e)
            {
                Assert.Fail($"DURABLESINK_MODEL_SEED={seed}: {e.Message}\n{program.Actions}\n{e}");
            }
        }

        Assert.True(removed > 0 || programs < Programs, "No program removed anything.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{programs} programs, {removed} segments removed");
    }

    private static int? FromEnvironment(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
