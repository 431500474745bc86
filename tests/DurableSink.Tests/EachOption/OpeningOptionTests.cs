using System.Reflection;
using System.Runtime.Versioning;
using DurableSink.Configuration;
using DurableSink.Segments;
using DurableSink.Tests.Commit;
using DurableSink.Tests.Storage;
using Xunit;

namespace DurableSink.Tests.EachOption;

/// <summary>What is decided when a log opens, and what bounds its calls.</summary>
public sealed class OpeningOptionTests : CommitTest
{
    [Theory]
    [InlineData(DirectIOMode.Auto, true, true)]
    [InlineData(DirectIOMode.Auto, false, false)]
    [InlineData(DirectIOMode.Require, true, true)]
    [InlineData(DirectIOMode.Off, true, false)]
    public void DirectIO_says_whether_segments_are_direct_and_D10_a_refusal_is_told(DirectIOMode mode, bool supported, bool isDirect)
    {
        Drive.IsDirect = supported;
        using var log = Open(FsyncPolicy.Always, o => o.DirectIO = mode);
        Assert.Equal(isDirect, log.IsDirectIO);
        Assert.Equal(mode == DirectIOMode.Auto && !supported, WasTold("DirectIORefused"));
    }

    [Fact]
    public void DirectIO_Require_fails_where_it_is_refused()
    {
        Drive.IsDirect = false;
        var refused = Assert.Throws<DurableLogException>(() => Open(FsyncPolicy.Always, o => o.DirectIO = DirectIOMode.Require));
        Assert.Contains("refuses direct I/O", refused.Message, StringComparison.Ordinal);
        using var log = Open(FsyncPolicy.Always); // the lock was let go of
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void FileMode_and_DirectoryMode_are_those_of_all_we_make()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Modes are of Unix.");
        const UnixFileMode file = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead;
        const UnixFileMode directory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute;
        using var temp = new TempDirectory();
        var options = Options(FsyncPolicy.Always, o => (o.Directory, o.FileMode, o.DirectoryMode) = (temp["a/log"], file, directory));
        using (var log = DurableLog.Open(options))
        {
            log.Append(Event(1));
            Soon.Done(log.SealAsync(TestContext.Current.CancellationToken));
            log.Append(Event(2));
            Soon.Is(() => Directory.GetFiles(temp["a/log"]).Length == 6); // LOG, LOCK, the sealed one, the active one, the spare, the reserve
            Assert.All(Directory.GetFiles(temp["a/log"]), path => Assert.Equal(file, File.GetUnixFileMode(path)));
        }

        Assert.All(["a", "a/log"], name => Assert.Equal(directory, File.GetUnixFileMode(temp[name])));
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(300, 2, 100)]
    public void D8_LockTimeout_is_how_long_opening_tries(int milliseconds, int leastTries, int mostTries)
    {
        using var log = Open(FsyncPolicy.Always);
        var before = Drive.Calls(DriveCall.Lock);
        var locked = Assert.Throws<DurableLogLockedException>(
            () => Open(FsyncPolicy.Always, o => o.LockTimeout = TimeSpan.FromMilliseconds(milliseconds)));
        Assert.InRange(Drive.Calls(DriveCall.Lock) - before, leastTries, mostTries);
        Assert.Contains($"waited {milliseconds / 1000.0:0.###} s", locked.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LogName_begins_each_file_and_Directory_is_named_after_it()
    {
        using (var log = DurableLog.OpenOn(Drive, new DurableLogOptions { LogName = "shop" }))
        {
            Assert.Equal(Path.GetFullPath("logs/shop"), log.Directory);
            log.Append(Event(1));
            log.Flush();
            using var directory = Drive.OpenDirectory(log.Directory, DurableSink.Storage.DirectorySettings.ForReading, create: false);
            var named = directory.List().Except(["LOCK", "LOG"]).ToList(); // a spare among them, where there is one by now
            Assert.Single(named, name => name.EndsWith(SegmentName.ActiveSuffix, StringComparison.Ordinal));
            Assert.All(named, name => Assert.StartsWith("shop-", name, StringComparison.Ordinal));
        }

        using var unnamed = DurableLog.OpenOn(Drive, new DurableLogOptions());
        var program = DurableLogOptionsValidator.ToLogName(Assembly.GetEntryAssembly()!.GetName().Name!);
        Assert.Equal((program, Path.GetFullPath($"logs/{program}")), (unnamed.LogName, unnamed.Directory));
    }

    [Fact]
    public void BlockTimeout_of_zero_waits_for_no_room()
    {
        // The clock stands still: with any other BlockTimeout the call would wait for ever.
        using var log = Open(FsyncPolicy.Batch, o =>
            (o.BufferBytes, o.BlockTimeout, o.TimeProvider) = (64 << 10, TimeSpan.Zero, new FakeClock()));
        using var hold = new Hold(Drive, DriveCall.Write);
        Soon.Done(Soon.Run(() => Assert.Throws<DurableLogFullException>(() => Append(log, 1, 1000, 2000))));
    }
}
