using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using DurableSink.Storage;
using DurableSink.Storage.Portable;
using Xunit;

namespace DurableSink.Tests.Storage;

public sealed class PortableFileTests() : FileContract(new PortableStorage())
{
    [Fact]
    public void D10_direct_IO_is_what_the_platform_has_and_nothing_is_claimed_beyond_it()
    {
        var hasDirect = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();
        var file = Keep(OpenTemp().Create("a", Access.Segment));
        Assert.Equal((hasDirect, 4096), (file.IsDirect, file.Alignment));
        Assert.False(file.TryWriteDurable(0, Bytes(4096).Span));
        Assert.Equal(0, file.Length); // nothing written
        Assert.False(file.TryReserve(0, 1 << 20));
        Assert.False(Keep(OpenTemp(DirectIOMode.Off).Open("a", Access.Segment, write: true)).IsDirect);
    }

    [Fact]
    public void D10_Require_fails_with_the_remedy_and_leaves_no_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS(), "There is direct I/O here.");
        var directory = OpenTemp(DirectIOMode.Require);
        var error = Assert.Throws<DurableLogException>(() => directory.Create("a", Access.Segment));
        Assert.Contains(Temp["a"], error.Message, StringComparison.Ordinal);
        Assert.Contains("Set DirectIO to Auto", error.Message, StringComparison.Ordinal);
        Assert.Empty(directory.List());
        directory.Create("a", Access.Plain).Dispose(); // never direct, so never refused
    }

    [Fact]
    public void A_full_drive_is_an_error_with_its_number()
    {
        Directory.CreateDirectory(Temp["small"]);
        var size = Marshal.StringToHGlobalAnsi("size=64k");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "This test mounts a small file system.");
        Assert.SkipWhen(Libc.mount("none", Temp["small"], "tmpfs", 0, size) != 0, "This test needs the right to mount.");
        try
        {
            using var directory = OpenAt(Temp["small"]);
            Assert.Equal("tmpfs", directory.FileSystem);
            Assert.InRange(directory.FreeBytes, 1, 64 << 10);
            using var file = directory.Create("a", Access.Segment);
            var error = Assert.Throws<DurableIOException>(() => file.Write(0, Bytes(128 << 10).Span));
            Assert.Equal(28, error.Errno); // ENOSPC
            Assert.True(error.IsNoRoom);
            Assert.Equal(64 << 10, file.Length);
        }
        finally
        {
            _ = Libc.umount(Temp["small"]);
            Marshal.FreeHGlobal(size);
        }
    }

    [Fact]
    public void D3_a_flush_that_the_BCL_would_forgive_is_an_error()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "This test flushes a file of /proc.");
        using var directory = OpenAt("/proc/self");
        using var file = directory.Open("status", Access.Plain, write: false);
        var error = Assert.Throws<DurableIOException>(file.Flush);
        Assert.Equal(("fsync", "/proc/self/status", 22), (error.Operation, error.Path, error.Errno)); // EINVAL
        Assert.Equal(22, Errno(directory.Flush));
    }
}

public sealed class PortableDirectoryTests() : DirectoryContract(new PortableStorage())
{
    [Theory]
    [InlineData("\\")]
    [InlineData("a\\b")]
    public void A_name_of_another_platform_s_directory_is_no_name(string name) =>
        Assert.Throws<ArgumentException>(() => OpenTemp().Create(name, Access.Plain));

    [Fact]
    public void A_path_that_is_too_long_is_an_error_with_its_number()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The number is that of Linux.");
        Assert.Equal(36, Errno(() => OpenTemp().Create(new string('a', 300), Access.Plain))); // ENAMETOOLONG
        Assert.Equal(36, Errno(() => OpenAt(Temp[new string('a', 300)], create: true)));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Rename_without_a_call_for_it_looks_before_it_renames()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The number is that of Linux.");
        var directory = OpenTemp();
        directory.Create("a", Access.Plain).Dispose();
        File.WriteAllText(Temp["taken"], "kept");
        Assert.Equal(17, Errno(() => UnixPlatform.RenameAfterALook(Temp["a"], Temp["taken"]))); // EEXIST
        Assert.Equal("kept", File.ReadAllText(Temp["taken"]));
        UnixPlatform.RenameAfterALook(Temp["a"], Temp["b"]);
        Assert.Equal(["b", "taken"], directory.List().Order(StringComparer.Ordinal));
    }
}

public sealed class PortableLockTests() : LockContract(new PortableStorage())
{
    [Fact]
    public void D8_it_keeps_out_a_process_that_uses_the_other_storage_and_the_other_way_round()
    {
        var linux = Keep(LinuxTest.Linux().OpenDirectory(Temp.Path, new DirectorySettings(default, FileMode, DirectoryMode), create: true));
        using (OpenTemp().TryLock("LOCK", "portable", out _))
        {
            Assert.Null(linux.TryLock("LOCK", "linux", out var holder));
            Assert.Equal("portable", holder);
        }
        using (linux.TryLock("LOCK", "linux", out _))
        {
            Assert.Null(OpenTemp().TryLock("LOCK", "portable", out var holder));
            Assert.Equal("linux", holder);
        }
    }
}
