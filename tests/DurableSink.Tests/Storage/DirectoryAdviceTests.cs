using DurableSink.Storage;
using DurableSink.Storage.Linux;
using DurableSink.Tests.Segments;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DurableSink.Tests.Storage;

/// <summary>What the file system under a log does to its promises is refused, or said.</summary>
public sealed class DirectoryAdviceTests
{
    private readonly List<DurableNotice> _notices = [];

    [Fact]
    public void Always_on_a_network_file_system_is_refused_with_directory_file_system_and_remedy()
    {
        var drive = new SimulatedDrive { FileSystem = "nfs", IsNetwork = true };
        var error = Assert.Throws<DurableLogException>(() => Open(drive, FsyncPolicy.Always));
        Assert.Contains($"'{LogLab.Root}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("nfs", error.Message, StringComparison.Ordinal);
        Assert.Contains("set AllowNetworkDirectory to true", error.Message, StringComparison.Ordinal);
        Assert.Empty(_notices);
        Assert.Empty(LogLab.Names(drive)); // not even a lock
    }

    [Fact]
    public void Always_on_a_network_file_system_is_allowed_to_who_says_so()
    {
        using var log = Open(new SimulatedDrive { FileSystem = "nfs", IsNetwork = true }, FsyncPolicy.Always, allow: true);
        Assert.Equal(1, log.Append(DurableEvent.Create("Event")));
        Assert.Empty(_notices);
    }

    [Theory]
    [InlineData(FsyncPolicy.Batch)]
    [InlineData(FsyncPolicy.Os)]
    public void The_other_policies_say_it_once_and_go_on(FsyncPolicy policy)
    {
        var drive = new SimulatedDrive { FileSystem = "smb2", IsNetwork = true };
        using (var log = Open(drive, policy)) log.Append(DurableEvent.Create("Event"));
        var notice = Assert.Single(_notices);
        Assert.Equal((LogLevel.Warning, "NetworkDirectory"), (notice.Level, notice.Name));
        Assert.Contains($"'{LogLab.Root}'", notice.Message, StringComparison.Ordinal);
        Assert.Contains("smb2", notice.Message, StringComparison.Ordinal);

        _notices.Clear();
        Open(drive, policy, allow: true).Dispose();
        Assert.Empty(_notices);
    }

    [Theory]
    [InlineData("tmpfs", "VolatileDirectory")]
    [InlineData("ramfs", "VolatileDirectory")]
    [InlineData("fuse", "FuseDirectory")]
    public void Memory_and_programs_behind_a_directory_are_said_and_not_refused(string fileSystem, string expected)
    {
        Open(new SimulatedDrive { FileSystem = fileSystem }, FsyncPolicy.Always).Dispose();
        var notice = Assert.Single(_notices);
        Assert.Equal((LogLevel.Warning, expected), (notice.Level, notice.Name));
        Assert.Contains(fileSystem, notice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_local_drive_is_not_worth_a_word()
    {
        Open(new SimulatedDrive { FileSystem = "ext4" }, FsyncPolicy.Always).Dispose();
        Assert.Empty(_notices);
    }

    [Fact]
    public void An_instance_in_a_directory_of_its_own_is_told_too()
    {
        var drive = new SimulatedDrive { FileSystem = "tmpfs" };
        using var first = Open(drive, FsyncPolicy.Batch);
        _notices.Clear();
        using var second = Open(drive, FsyncPolicy.Batch, whenLocked: LockedMode.Instance);
        Assert.Equal(["OpenedInstance", "VolatileDirectory"], _notices.Select(notice => notice.Name));
    }

    [Theory]
    [InlineData(0x6969, "nfs", true)]
    [InlineData(0x517B, "smb", true)]
    [InlineData(0xFF534D42, "cifs", true)]
    [InlineData(0xFE534D42, "smb2", true)]
    [InlineData(0x01021997, "9p", true)]
    [InlineData(0x00C36400, "ceph", true)]
    [InlineData(0x5346414F, "afs", true)]
    [InlineData(0x6B414653, "afs", true)]
    [InlineData(0x73757245, "coda", true)]
    [InlineData(0x564C, "ncp", true)]
    [InlineData(0x0BD00BD0, "lustre", true)]
    [InlineData(0xEF53, "ext4", false)]
    [InlineData(0x58465342, "xfs", false)]
    [InlineData(0x794C7630, "overlay", false)]
    [InlineData(0x01021994, "tmpfs", false)]
    [InlineData(0x65735546, "fuse", false)]
    [InlineData(0x12345678, "0x12345678", false)]
    public void The_kernel_s_numbers_of_file_systems_are_known(uint magic, string name, bool isNetwork)
    {
        Assert.Equal(name, FileSystems.Name(magic));
        Assert.Equal(isNetwork, FileSystemKind.IsNetwork(name));
    }

    [Fact]
    public void A_mounted_tmpfs_is_known_for_what_it_is()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "There is no /dev/shm here.");
        using var temp = new TempDirectory("/dev/shm");
        DurableLog.Open(new() { Directory = temp.Path, LogName = "orders", OnNotice = Warned }).Dispose();
        Assert.Contains(_notices, notice => notice.Name == "VolatileDirectory");
    }

    private DurableLog Open(SimulatedDrive drive, FsyncPolicy policy, bool allow = false, LockedMode whenLocked = LockedMode.Fail) =>
        DurableLog.OpenOn(drive, new()
        {
            Directory = LogLab.Root,
            LogName = "orders",
            Fsync = policy,
            Preallocation = PreallocationMode.None,
            LockTimeout = TimeSpan.Zero,
            AllowNetworkDirectory = allow,
            WhenLocked = whenLocked,
            OnNotice = Warned,
        });

    private void Warned(DurableNotice notice)
    {
        if (notice.Level >= LogLevel.Warning) _notices.Add(notice);
    }
}
