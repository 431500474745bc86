using DurableSink.Storage;
using DurableSink.Storage.Linux;
using Xunit;

namespace DurableSink.Tests.Storage;

public sealed class LinuxDirectoryTests() : DirectoryContract(LinuxTest.Linux())
{
    private const int ENOENT = 2;
    private const int EEXIST = 17;
    private const int ENOTDIR = 20;

    [Fact]
    public void A_file_in_the_way_is_an_error()
    {
        File.WriteAllText(Temp["a"], "");
        Assert.Equal(ENOTDIR, Errno(() => OpenAt(Temp["a"], create: true)));
        Assert.Equal(ENOTDIR, Errno(() => OpenAt(Temp["a/b"], create: true)));
    }

    [Fact]
    public void The_file_system_is_known_by_name()
    {
        Assert.DoesNotContain("0x", OpenTemp().FileSystem, StringComparison.Ordinal);
        Assert.Equal("proc", OpenAt("/proc/self").FileSystem);
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "There is no /dev/shm here.");
        var shared = OpenAt("/dev/shm");
        Assert.Equal("tmpfs", shared.FileSystem);
        Assert.True(shared.WritesInPlace);
    }

    [Fact]
    public void A_directory_that_is_renamed_stays_the_same_one()
    {
        var directory = OpenAt(Temp["before"], create: true);
        Directory.Move(Temp["before"], Temp["after"]);
        directory.Create("a", Access.Segment).Dispose();
        Assert.True(File.Exists(Temp["after/a"]));
        Assert.Equal(["a"], directory.List());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rename_never_replaces(bool byLink)
    {
        var directory = (LinuxDirectory)OpenTemp();
        Action<string, string> rename = byLink ? directory.RenameByLink : directory.Rename;
        directory.Create("a", Access.Segment).Dispose();
        File.WriteAllText(Temp["taken"], "kept");

        var error = Assert.Throws<DurableIOException>(() => rename("a", "taken"));
        Assert.Equal(EEXIST, error.Errno);
        Assert.Equal(Temp["a"], error.Path);
        Assert.Contains(Temp["taken"], error.Message, StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(Temp["taken"]));

        rename("a", "b");
        directory.Flush();
        Assert.Equal(["b", "taken"], directory.List().Order(StringComparer.Ordinal));
        Assert.Equal(ENOENT, Errno(() => rename("a", "c")));
    }

    [Fact]
    public void One_file_under_two_names_is_recognised()
    {
        var directory = OpenTemp();
        directory.Create("a", Access.Segment).Dispose();
        directory.Create("c", Access.Segment).Dispose();
        using (var handle = LinuxCalls.Open(null, Temp.Path, OpenFlags.Directory, default, Temp.Path))
            Assert.Equal(0, LinuxNames.TryLink(handle, "a", "b"));
        Assert.True(directory.IsSameFile("a", "b"));
        Assert.False(directory.IsSameFile("a", "c"));
        Assert.False(directory.IsSameFile("a", "missing"));
    }

    [Fact]
    public void The_platform_is_chosen_in_one_place() => Assert.IsType<LinuxStorage>(LogStorage.ForThisPlatform());
}
