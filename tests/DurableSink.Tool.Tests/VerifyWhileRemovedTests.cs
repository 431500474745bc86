using DurableSink.Storage;
using DurableSink.Tooling.Verifying;
using Xunit;

namespace DurableSink.Tests.Tooling;

public sealed class VerifyWhileRemovedTests : ToolTest
{
    [Fact]
    public void Segments_that_retention_removes_meanwhile_are_not_missing()
    {
        for (var run = 0; run < 5; run++) Write(DurableEvent.Create("m"), DurableEvent.Create("m"));
        var files = Directory.EnumerateFiles(Dir, "*.clef").Order(StringComparer.Ordinal).ToList();
        using var directory = LogStorage.ForThisPlatform().OpenDirectory(Dir, DirectorySettings.ForReading, create: false);
        var verdict = new Verdict { Place = Dir };
        var verifier = new LogVerifier(verdict, TimeProvider.System, SealKeys.None)
        {
            OnProgress = _ => files[..3].ForEach(f => new FileInfo(f).Delete()), // after the first was read
        };
        verifier.Verify(directory, _ => { });
        Assert.Equal(("whole", "complete", 0), (verdict.Integrity, verdict.Completeness, verdict.Exit));
        Assert.Equal(new SequenceRange(7, 10), verdict.Sequences);
        Assert.Equal(4, verdict.Events);
        Assert.Equal(2, verdict.Findings.Count(f => f.Text == "was removed while the log was verified"));
    }
}
