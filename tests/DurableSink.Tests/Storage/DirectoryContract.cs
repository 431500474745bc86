using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Storage;

/// <summary>What every storage promises of a directory, on a real file system.</summary>
public abstract class DirectoryContract : StorageTest
{
    private const int ENOENT = 2; // on Windows too
    private static readonly int Taken = OperatingSystem.IsWindows() ? 80 : 17; // ERROR_FILE_EXISTS, EEXIST
    private static readonly int LinkRefused = OperatingSystem.IsWindows() ? 1920 : OperatingSystem.IsLinux() ? 40 : 62; // ELOOP

    private protected DirectoryContract(ILogStorage storage) : base(storage) { }

    [Fact]
    public void A_missing_directory_is_made_only_when_asked()
    {
        var path = Temp["a/b/c"];
        Assert.Equal(ENOENT, Errno(() => OpenAt(path)));
        var directory = OpenAt(path, create: true);
        Assert.Equal(path, directory.Path);
        Assert.True(Directory.Exists(path));
        directory.Flush();
        OpenAt(path + "/", create: true); // once more: it stands, and is flushed into its parent again (rule 5)
    }

    [Fact]
    public void Only_plain_files_are_listed()
    {
        var directory = OpenTemp();
        Assert.Empty(directory.List());
        directory.Create("b-ü", Access.Plain).Dispose();
        directory.Create("a", Access.Segment).Dispose();
        Directory.CreateDirectory(Temp["sub"]);
        File.CreateSymbolicLink(Temp["link"], Temp["a"]);
        Assert.Equal(["a", "b-ü"], directory.List().Order(StringComparer.Ordinal));
        directory.Delete("a");
        Assert.Equal(["b-ü"], directory.List());
        Assert.Equal(ENOENT, Errno(() => directory.Delete("a")));
    }

    [Fact]
    public void Directories_are_listed_apart()
    {
        var directory = OpenTemp();
        Assert.Empty(directory.ListDirectories());
        directory.Create("a", Access.Plain).Dispose();
        Directory.CreateDirectory(Temp["sub-ü/below"]);
        File.CreateSymbolicLink(Temp["link"], Temp["sub-ü"]);
        Assert.Equal(["sub-ü"], directory.ListDirectories());
    }

    [Fact]
    public void A_name_is_created_once()
    {
        var directory = OpenTemp();
        directory.Create("a", Access.Segment).Dispose();
        Assert.Equal(Taken, Errno(() => directory.Create("a", Access.Segment)));
        Assert.Equal(Taken, Errno(() => directory.Create("a", Access.Plain)));
        Assert.Equal(ENOENT, Errno(() => directory.Open("b", Access.Segment, write: true)));
        Assert.Equal(["a"], directory.List());
    }

    [Fact]
    public void A_link_is_never_followed()
    {
        var directory = OpenTemp();
        File.WriteAllText(Temp["target"], "kept");
        File.CreateSymbolicLink(Temp["link"], Temp["target"]);
        Assert.Equal(LinkRefused, Errno(() => directory.Open("link", Access.Segment, write: true)));
        Assert.Equal(LinkRefused, Errno(() => directory.Open("link", Access.Plain, write: false)));
        Assert.Equal(LinkRefused, Errno(() => directory.TryLock("link", "me", out _)));
        Assert.Equal(Taken, Errno(() => directory.Create("link", Access.Plain)));
        Assert.Equal("kept", File.ReadAllText(Temp["target"]));
    }

    [Fact]
    public void Names_stay_inside_the_directory()
    {
        var directory = OpenTemp();
        foreach (var name in new[] { "", ".", "..", "a/b", "/a", "a\0b" })
            Assert.Throws<ArgumentException>(() => directory.Create(name, Access.Plain));
        Assert.Empty(directory.List());
    }

    [Fact]
    public void A_closed_directory_is_not_used_again()
    {
        var directory = OpenTemp();
        directory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => directory.List());
        Assert.Throws<ObjectDisposedException>(directory.Flush);
    }

    [Fact]
    public void A_file_where_a_directory_should_be_is_an_error()
    {
        File.WriteAllText(Temp["a"], "kept");
        Assert.Contains(Temp["a"], Assert.Throws<DurableIOException>(() => OpenAt(Temp["a"], create: true)).Message, StringComparison.Ordinal);
        Assert.Contains(Temp["a"], Assert.Throws<DurableIOException>(() => OpenAt(Temp["a/b"], create: true)).Message, StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(Temp["a"]));
    }

    [Fact]
    public void An_open_file_is_renamed_without_replacing_another()
    {
        var directory = OpenTemp();
        var file = Keep(directory.Create("a", Access.Segment));
        File.WriteAllText(Temp["taken"], "kept");
        var error = Assert.Throws<DurableIOException>(() => directory.Rename("a", "taken"));
        Assert.Equal(Temp["a"], error.Path);
        Assert.Contains(Temp["taken"], error.Message, StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(Temp["taken"]));

        directory.Rename("a", "b");
        directory.Flush();
        Assert.Equal(["b", "taken"], directory.List().Order(StringComparer.Ordinal));
        Assert.Equal(ENOENT, Errno(() => directory.Rename("a", "c")));
        Assert.False(directory.IsSameFile("b", "taken"));
        file.Write(0, Bytes(4096).Span);
        file.Flush();
        Assert.Equal(4096, new FileInfo(Temp["b"]).Length);
    }

    [Fact]
    public void A_directory_that_somebody_removed_is_known_and_made_anew()
    {
        var directory = OpenAt(Temp["a/b"], create: true);
        Assert.False(directory.IsRemoved);
        directory.Create("x", Access.Plain).Dispose();
        Directory.Delete(Temp["a"], recursive: true);
        Assert.True(directory.IsRemoved);
        directory.Reopen();
        Assert.False(directory.IsRemoved);
        Assert.Empty(directory.List());
        directory.Create("y", Access.Plain).Dispose();
        directory.Flush();
        Assert.True(File.Exists(Temp["a/b/y"]));
    }

    [Fact]
    public void Its_drive_is_known_by_kind_and_room()
    {
        var directory = OpenTemp();
        Assert.Matches("^[a-z0-9_]+$", directory.FileSystem);
        Assert.False(directory.IsNetwork);
        Assert.InRange(directory.FreeBytes, 1, long.MaxValue);
    }
}
