using DurableSink.Storage.Portable;
using Xunit;

namespace DurableSink.Tests.Storage;

public sealed class PortableErrorTests
{
    [Fact]
    public void The_number_of_what_the_BCL_throws_is_the_system_s()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The numbers are those of Unix.");
        Assert.Equal(5, PortableErrors.NumberOf(new IOException("", 5))); // EIO
        Assert.Equal(2, PortableErrors.NumberOf(new FileNotFoundException())); // ENOENT
        Assert.Equal(2, PortableErrors.NumberOf(new DirectoryNotFoundException()));
        Assert.Equal(13, PortableErrors.NumberOf(new UnauthorizedAccessException("", new IOException("", 13)))); // EACCES
        Assert.Equal(9, PortableErrors.NumberOf(new UnauthorizedAccessException("", new IOException("", 9)))); // EBADF
        Assert.Equal(0, PortableErrors.NumberOf(new IOException("no number")));
        Assert.Contains("no number", PortableErrors.Of("read", "/a", 1, new IOException("no number")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Our_own_errors_are_not_wrapped_again()
    {
        Assert.False(PortableErrors.IsIO(PortableErrors.Missing("open", "/a")));
        Assert.False(PortableErrors.IsIO(new ObjectDisposedException("a")));
        Assert.True(PortableErrors.IsIO(new IOException()));
        Assert.True(PortableErrors.IsIO(new UnauthorizedAccessException()));
    }

    [Theory]
    [InlineData(0x20000000)] // FILE_FLAG_NO_BUFFERING
    [InlineData(0x02000000)] // FILE_FLAG_BACKUP_SEMANTICS
    public void The_BCL_lets_the_flags_of_Windows_pass_that_it_has_no_names_for(int option)
    {
        using var temp = new TempDirectory();
        File.WriteAllText(temp["a"], "");
        File.OpenHandle(temp["a"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite, (FileOptions)option).Dispose();
        Assert.Throws<ArgumentOutOfRangeException>(
            () => File.OpenHandle(temp["a"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite, (FileOptions)0x00100000));
    }
}
