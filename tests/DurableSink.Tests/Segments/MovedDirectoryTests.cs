using System.Collections.Concurrent;
using System.Runtime.Versioning;
using DurableSink.Tests.Commit;
using Xunit;

namespace DurableSink.Tests.Segments;

/// <summary>The directory of an open log is moved away, on a real file system.</summary>
public sealed class MovedDirectoryTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly ConcurrentQueue<DurableNotice> _notices = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    [SupportedOSPlatform("linux")]
    public void D8_a_directory_that_was_moved_away_and_replaced_is_told_of_and_two_logs_do_not_mix()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere a path is all there is.");
        using (var log = Open())
        {
            Append(log, "first");
            Assert.DoesNotContain(_notices, n => n.Name == "DirectoryMoved");
            Directory.Move(_temp["log"], _temp["moved"]);
            Append(log, "second");
            Append(log, "third");
            Assert.Single(_notices, n => n.Name == "DirectoryMoved"); // once
            using (var other = Open()) Append(other, "another log's");
            Append(log, "fourth");
        }

        Assert.Equal(["first", "second", "third", "fourth"], Templates("moved"));
        Assert.Equal(["another log's"], Templates("log"));
    }

    private static void Append(DurableLog log, string template)
    {
        log.Append(new DurableEvent(template));
        Soon.Done(log.SealAsync(TestContext.Current.CancellationToken)); // so that the next one begins a segment
    }

    private DurableLog Open() => DurableLog.Open(new() { Directory = _temp["log"], LogName = "orders", Fsync = FsyncPolicy.Always, OnNotice = _notices.Enqueue });

    private List<string> Templates(string directory) =>
        [.. new DurableLogReader(_temp[directory]).Read().Select(r => System.Text.Json.JsonDocument.Parse(r.Json).RootElement.GetProperty("@mt").GetString()!)];
}
