using DurableSink.Storage.Linux;
using Xunit;

namespace DurableSink.Tests.Storage;

/// <summary>An error of the file system names the path and the error's number, and what to do about it.</summary>
public sealed class LinuxMessageTests : LinuxTest
{
    [Fact]
    public void A_file_in_the_directory_s_place_is_said_to_be_one()
    {
        File.WriteAllText(Temp["file"], "");
        Assert.Contains("a part of this path is a file, not a directory: move it away", Message(Temp["file"]), StringComparison.Ordinal);
        Assert.Contains("a part of this path is a file", Message(Temp["file/log"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_or_path_that_is_too_long_is_told_with_its_length_and_the_limits()
    {
        var name = Message(Temp[new string('n', 300)]);
        Assert.Contains("its longest name 300; at most 4095 and 255 are allowed: set Directory to a shorter one", name, StringComparison.Ordinal);
        Assert.Contains("errno 36", name, StringComparison.Ordinal);
        Assert.Matches("takes 5[0-9]{3} bytes", Message(Temp[string.Join('/', Enumerable.Repeat("0123456789", 455))]));
    }

    [Fact]
    public void A_directory_in_proc_cannot_be_made_and_another_place_is_asked_for() =>
        Assert.Contains("no directory can be made there: set Directory to a place on a drive", Message("/proc/no-such-log"), StringComparison.Ordinal);

    [Theory]
    [InlineData(1, "chown or chmod")]
    [InlineData(13, "chown or chmod")]
    [InlineData(28, "make room")]
    [InlineData(30, "mount it for writing")]
    [InlineData(122, "quota")]
    public void What_a_user_can_mend_is_told(int errno, string remedy) =>
        Assert.Contains(remedy, LinuxCalls.Error("openat", "/log", -1, errno).Message, StringComparison.Ordinal);

    [Fact]
    public void What_nobody_can_mend_is_told_without_advice() =>
        Assert.Equal("fdatasync failed on '/log' at offset 4096: Input/output error (errno 5)", LinuxCalls.Error("fdatasync", "/log", 4096, 5).Message);

    private string Message(string path) => Assert.Throws<DurableIOException>(() => OpenAt(path, create: true)).Message;
}
