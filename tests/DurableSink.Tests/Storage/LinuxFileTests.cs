using System.Runtime.InteropServices;
using DurableSink.Storage;
using DurableSink.Storage.Linux;
using Xunit;

namespace DurableSink.Tests.Storage;

public sealed class LinuxFileTests() : FileContract(LinuxTest.Linux())
{
    [Fact]
    public void A_segment_is_direct_on_the_temporary_directory_s_file_system()
    {
        var directory = OpenTemp();
        Assert.SkipUnless(directory.FileSystem is "ext4" or "xfs" or "btrfs", $"{directory.FileSystem} may have no direct I/O.");
        var file = Keep(directory.Create("a", Access.Segment));
        Assert.True(file.IsDirect);
        Assert.True(file.Alignment >= 4096);
        Assert.Equal(Temp["a"], file.Path);

        var unaligned = Assert.Throws<DurableIOException>(() => file.Write(0, Bytes(4096).Span[..100]));
        Assert.Equal(22, unaligned.Errno); // EINVAL: the kernel does see O_DIRECT
    }

    [Fact]
    public void Room_is_reserved_beyond_the_end_and_given_back_by_a_cut()
    {
        var directory = OpenTemp();
        var file = Keep(directory.Create("a", Access.Segment));
        file.Write(0, Bytes(4096).Span);
        Assert.SkipUnless(file.TryReserve(0, 1 << 20), $"{directory.FileSystem} reserves no room.");
        Assert.Equal(4096, file.Length);
        Assert.True(Allocated(file.Path) >= 1 << 20);

        file.Truncate(4096); // to the length it has: the room goes all the same
        Assert.Equal(4096, file.Length);
        Assert.True(Allocated(file.Path) <= 64 << 10);
    }

    [Fact]
    public void An_error_names_operation_path_offset_and_number()
    {
        OpenTemp().Create("a", Access.Segment).Dispose();
        var file = Keep(OpenTemp().Open("a", Access.Segment, write: false));
        var error = Assert.Throws<DurableIOException>(() => file.Write(8192, Bytes(4096).Span));
        Assert.Equal("pwrite", error.Operation);
        Assert.Equal(Temp["a"], error.Path);
        Assert.Equal(8192, error.Offset);
        Assert.Equal(9, error.Errno);
        Assert.Contains(Temp["a"], error.Message, StringComparison.Ordinal);
        Assert.Contains("offset 8192", error.Message, StringComparison.Ordinal);
        Assert.Contains("Bad file descriptor", error.Message, StringComparison.Ordinal);
        Assert.Contains("errno 9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_drive_is_an_error_also_where_a_part_was_written()
    {
        Directory.CreateDirectory(Temp["small"]);
        var size = Marshal.StringToHGlobalAnsi("size=64k");
        Assert.SkipWhen(Libc.mount("none", Temp["small"], "tmpfs", 0, size) != 0, "This test needs the right to mount.");
        try
        {
            using var directory = OpenAt(Temp["small"], DirectIOMode.Off);
            using var file = directory.Create("a", Access.Segment);
            var error = Assert.Throws<DurableIOException>(() => file.Write(0, Bytes(128 << 10).Span));
            Assert.Equal("pwrite", error.Operation);
            Assert.Equal((28, 64 << 10), (error.Errno, error.Offset)); // ENOSPC, after what fitted
            Assert.True(error.IsNoRoom);
            Assert.Equal(28, Errno(() => file.Write(64 << 10, Bytes(4096).Span))); // ENOSPC
            Assert.Equal(28, Errno(() => file.TryReserve(64 << 10, 1 << 20)));
        }
        finally
        {
            _ = Libc.umount(Temp["small"]);
            Marshal.FreeHGlobal(size);
        }
    }

    private static long Allocated(string path)
    {
        using var handle = LinuxCalls.Open(null, path, 0, default, path);
        return (long)LinuxCalls.Status(handle, FileStatus.MaskBlocks, path).Blocks * 512;
    }
}
