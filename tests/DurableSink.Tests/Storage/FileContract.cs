using System.Runtime.InteropServices;
using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Storage;

/// <summary>What every storage promises of a file, on a real file system.</summary>
public abstract class FileContract : StorageTest
{
    private protected FileContract(ILogStorage storage) : base(storage) { }

    [Theory]
    [InlineData(DirectIOMode.Auto)]
    [InlineData(DirectIOMode.Off)]
    public void What_is_written_is_read_back(DirectIOMode mode)
    {
        var directory = OpenTemp(mode);
        var bytes = Bytes(3 * 4096);
        using (var file = directory.Create("a", Access.Segment))
        {
            Assert.Equal(0, file.Length);
            file.Write(0, bytes.Span);
            if (!file.TryWriteDurable(3 * 4096, bytes.Span[..4096])) file.Write(3 * 4096, bytes.Span[..4096]);
            file.Flush();
            file.FlushAll();
            file.DropCache();
            Assert.Equal(4 * 4096, file.Length);
        }

        var again = Keep(directory.Open("a", Access.Segment, write: false));
        Assert.Equal(mode != DirectIOMode.Off && again.IsDirect, again.IsDirect);
        var into = Keep(AlignedMemory.Allocate(4 * 4096));
        Assert.Equal(4 * 4096, again.Read(0, into.Span));
        Assert.Equal(bytes.Span, into.Span[..(3 * 4096)]);
        Assert.Equal(bytes.Span[..4096], into.Span[(3 * 4096)..]);
        Assert.Equal(9, Errno(() => again.Write(0, bytes.Span))); // EBADF: opened for reading
    }

    [Fact]
    public void A_plain_file_takes_any_offset_and_length()
    {
        var file = Keep(OpenTemp().Create("a", Access.Plain));
        Assert.False(file.IsDirect);
        Assert.Equal(1, file.Alignment);
        file.Write(0, "hello"u8);
        file.Write(5, " world"u8);
        Span<byte> into = stackalloc byte[20];
        Assert.Equal("world"u8, into[..file.Read(6, into)]);
    }

    [Theory]
    [InlineData(DirectIOMode.Auto)]
    [InlineData(DirectIOMode.Off)]
    public void A_read_is_short_only_at_the_end(DirectIOMode mode)
    {
        var directory = OpenTemp(mode);
        var bytes = Bytes(2 * 4096);
        var file = Keep(directory.Create("a", Access.Segment));
        file.Write(0, bytes.Span);
        file.Truncate(4096 + 100);

        var into = Keep(AlignedMemory.Allocate(4 * 4096));
        Assert.Equal(4096 + 100, file.Read(0, into.Span));
        Assert.Equal(bytes.Span[..(4096 + 100)], into.Span[..(4096 + 100)]);
        Assert.Equal(100, file.Read(4096, into.Span));
        Assert.Equal(0, file.Read(8192, into.Span));
    }

    [Fact]
    public void A_cut_never_grows_a_file()
    {
        var file = Keep(OpenTemp().Create("a", Access.Segment));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Truncate(1));
        Assert.Equal(0, file.Length);
    }

    [Fact]
    public void A_file_that_somebody_removed_is_known()
    {
        var directory = OpenTemp();
        var file = Keep(directory.Create("a", Access.Segment));
        Assert.True(file.IsLinked);
        directory.Rename("a", "b");
        Assert.True(file.IsLinked); // whatever its path says
        new FileInfo(Temp["b"]).Delete();
        Assert.False(file.IsLinked);
        file.Write(0, Bytes(4096).Span); // it is still open
        Assert.Equal(4096, file.Length);
    }

    [Fact]
    public void A_failed_write_names_operation_path_offset_and_number()
    {
        OpenTemp().Create("a", Access.Segment).Dispose();
        var file = Keep(OpenTemp().Open("a", Access.Segment, write: false));
        var error = Assert.Throws<DurableIOException>(() => file.Write(8192, Bytes(4096).Span));
        Assert.EndsWith("write", error.Operation, StringComparison.Ordinal);
        Assert.Equal((Temp["a"], 8192), (error.Path, error.Offset));
        Assert.NotEqual(0, error.Errno);
        Assert.Contains(Temp["a"], error.Message, StringComparison.Ordinal);
        Assert.Contains("offset 8192", error.Message, StringComparison.Ordinal);
        Assert.Contains(Marshal.GetPInvokeErrorMessage(error.Errno), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_closed_file_is_not_used_again()
    {
        var file = OpenTemp().Create("a", Access.Plain);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Write(0, "a"u8));
        Assert.Throws<ObjectDisposedException>(file.Flush);
        Assert.Throws<ObjectDisposedException>(() => file.Length);
    }
}
