using Xunit;

namespace DurableSink.Tests.Segments;

public sealed class SparesDeletedTests
{
    // Found by tests/crash/kill9: the report counted the spares that were left after their deletion.
    [Fact]
    public void Report_counts_the_spares_that_recovery_deleted()
    {
        using var directory = new TempDirectory();
        var options = new DurableLogOptions { Directory = directory.Path, LogName = "orders" };
        DurableLog.Open(options).Dispose();
        File.WriteAllText(Path.Combine(directory.Path, "orders-5f3a9c2e.spare"), "\n\n\n");

        using var log = DurableLog.Open(options);

        Assert.Equal(1, log.RecoveryReport.SparesDeleted);
        Assert.False(File.Exists(Path.Combine(directory.Path, "orders-5f3a9c2e.spare")));
    }
}
