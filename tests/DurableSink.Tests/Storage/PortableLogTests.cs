using System.Text;
using DurableSink.Segments;
using DurableSink.Storage.Portable;
using DurableSink.Tests.Commit;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Storage;

/// <summary>A whole log on the portable storage, on a real file system.</summary>
public sealed class PortableLogTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly PortableStorage _storage = new();
    private readonly List<DurableNotice> _notices = [];

    public static TheoryData<FsyncPolicy, PreallocationMode, TailBlockMode> Shapes => new()
    {
        { FsyncPolicy.Always, PreallocationMode.Auto, TailBlockMode.Rewrite },
        { FsyncPolicy.Always, PreallocationMode.Reserved, TailBlockMode.Pad },
        { FsyncPolicy.Batch, PreallocationMode.Auto, TailBlockMode.Pad },
        { FsyncPolicy.Os, PreallocationMode.None, TailBlockMode.Rewrite },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task What_is_appended_is_read_through_rolls_seals_and_reopenings(FsyncPolicy policy, PreallocationMode room, TailBlockMode tail)
    {
        var token = TestContext.Current.CancellationToken;
        for (var run = 0; run < 3; run++)
        {
            using var log = Open(policy, room, tail);
            Assert.Equal(run * 100, log.LastSequence);
            Assert.True(log.RecoveryReport.IsClean);
            for (var i = 0; i < 60; i++) log.Append(Event(2000)); // 120 KB: rolls at 64 KiB
            await log.FlushAsync(token);
            Assert.Equal(log.LastSequence, log.DurableSequence);
            await log.SealAsync(token);
            for (var i = 0; i < 40; i++) log.Append(Event(10));
        }

        Assert.Equal(Numbers(1, 300), Sequences());
        Assert.All(Files(), name => Assert.True(name.EndsWith(".clef", StringComparison.Ordinal) || name is "LOG" or "LOCK", name));
        Assert.True(Files().Count(name => name.EndsWith(".clef", StringComparison.Ordinal)) >= 9);
        Assert.All(_notices, notice => Assert.Equal("DirectIORefused", notice.Name)); // and nothing else
    }

    [Fact]
    public void D5_what_another_run_left_is_recovered()
    {
        using var crashed = new TempDirectory();
        using (var log = Open(FsyncPolicy.Always, PreallocationMode.Written, TailBlockMode.Rewrite))
        {
            for (var i = 0; i < 7; i++) log.Append(Event(10));
            foreach (var name in Files()) Copy(_temp[name], crashed[name]); // what a process that ends now leaves behind
        }

        var options = Options(FsyncPolicy.Always, PreallocationMode.Written, TailBlockMode.Rewrite);
        options.Directory = crashed.Path;
        using (var log = DurableLog.OpenOn(_storage, options))
        {
            Assert.Equal((RecoveryOutcome.Sealed, 7), Assert.Single(log.RecoveryReport.Segments) is var found ? (found.Outcome, found.LastSequence) : default);
            Assert.Equal(8, log.Append(Event(10)));
        }

        Assert.Equal(Numbers(1, 8), new DurableLogReader(crashed.Path, _storage).Read().Select(record => record.Sequence));
        Assert.All(Directory.EnumerateFiles(crashed.Path, "orders-*"), file => Assert.EndsWith(".clef", file, StringComparison.Ordinal));
    }

    [Fact]
    public void D1_a_removed_file_and_a_removed_directory_are_noticed_and_the_log_goes_on()
    {
        using var log = Open(FsyncPolicy.Always, PreallocationMode.None, TailBlockMode.Rewrite);
        for (var i = 0; i < 20; i++) log.Append(Event(500));
        new FileInfo(_temp[Assert.Single(Files(), file => file.EndsWith(SegmentName.ActiveSuffix, StringComparison.Ordinal))]).Delete();
        log.Append(Event(10));
        log.Append(Event(10));
        Assert.Contains(21, Sequences());
        Assert.Contains(22, Sequences());

        Soon.Is(() => IsRemoved(_temp.Path));
        log.Append(Event(10));
        Assert.Contains(23, Sequences());
        Assert.Contains(_notices, notice => notice.Name == "DirectoryRemoved");
    }

    /// <summary>Not at once where the log makes its next segment there meanwhile.</summary>
    private static bool IsRemoved(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
            return true;
        }
        catch (IOException e) when (e is not DirectoryNotFoundException)
        {
            return false;
        }
    }

    [Fact]
    public void D8_a_second_writer_is_told_who_holds_the_directory()
    {
        using var log = Open(FsyncPolicy.Always, PreallocationMode.None, TailBlockMode.Rewrite);
        var error = Assert.Throws<DurableLogLockedException>(() => Open(FsyncPolicy.Always, PreallocationMode.None, TailBlockMode.Rewrite));
        Assert.Contains($"process {Environment.ProcessId}", error.Holder, StringComparison.Ordinal);
    }

    [Fact]
    public void D10_Require_fails_at_opening_and_lets_go_of_the_directory()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS(), "There is direct I/O here.");
        var options = Options(FsyncPolicy.Always, PreallocationMode.None, TailBlockMode.Rewrite);
        options.DirectIO = DirectIOMode.Require;
        Assert.Contains(
            "DirectIO is Require", Assert.Throws<DurableLogException>(() => DurableLog.OpenOn(_storage, options)).Message, StringComparison.Ordinal);
        using var log = Open(FsyncPolicy.Always, PreallocationMode.None, TailBlockMode.Rewrite);
        Assert.False(log.IsDirectIO);
        Assert.Equal("DirectIORefused", Assert.Single(_notices).Name);
    }

    [Fact]
    public void Its_log_is_read_by_the_platform_s_own_storage()
    {
        using (var log = Open(FsyncPolicy.Always, PreallocationMode.Written, TailBlockMode.Rewrite))
        {
            for (var i = 0; i < 5; i++) log.Append(Event(10));
        }

        Assert.Equal(Numbers(1, 5), new DurableLogReader(_temp.Path).Read().Select(record => record.Sequence));
        using (var log = DurableLog.Open(Options(FsyncPolicy.Always, PreallocationMode.Auto, TailBlockMode.Rewrite))) log.Append(Event(10));
        Assert.Equal(Numbers(1, 6), Sequences());
    }

    public void Dispose()
    {
        Directory.CreateDirectory(_temp.Path);
        _temp.Dispose();
    }

    private DurableLog Open(FsyncPolicy policy, PreallocationMode room, TailBlockMode tail) => DurableLog.OpenOn(_storage, Options(policy, room, tail));

    private DurableLogOptions Options(FsyncPolicy policy, PreallocationMode room, TailBlockMode tail) => new()
    {
        Directory = _temp.Path,
        LogName = "orders",
        Fsync = policy,
        Preallocation = room,
        TailBlock = tail,
        SegmentBytes = 64 << 10,
        MaxEventBytes = 16 << 10,
        LockTimeout = TimeSpan.Zero,
        BufferDirectory = "none", // there is none here
        OnNotice = notice =>
        {
            lock (_notices)
            {
                if (notice.Level >= LogLevel.Warning) _notices.Add(notice);
            }
        },
    };

    // Not by File.Copy: the BCL takes a lock of its own to read, and LOCK is held.
    private static void Copy(string from, string to)
    {
        using var source = Platform.OfThisProcess().OpenLocked(from);
        var bytes = new byte[RandomAccess.GetLength(source)];
        RandomAccess.Read(source, bytes, 0);
        File.WriteAllBytes(to, bytes);
    }

    private static DurableEvent Event(int length) => DurableEvent.Create(new StringBuilder().Append('x', length).ToString());

    private List<long> Sequences() => [.. new DurableLogReader(_temp.Path, _storage).Read().Select(record => record.Sequence)];

    private List<string> Files() => [.. Directory.EnumerateFiles(_temp.Path).Select(file => Path.GetFileName(file))];

    private static IEnumerable<long> Numbers(long first, long last)
    {
        for (var n = first; n <= last; n++) yield return n;
    }
}
