using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Storage;

// D10: no silent downgrade.
public sealed class LinuxDirectIORefusedTests : LinuxTest
{
    [Fact]
    public void Auto_writes_through_the_page_cache_and_says_so()
    {
        var directory = OpenTemp(DirectIOMode.Auto, new RefusesDirect());
        using (var file = directory.Create("a", Access.Segment))
        {
            Assert.False(file.IsDirect);
            Assert.Equal(4096, file.Alignment);
            file.Write(0, Bytes(4096).Span);
        }
        Assert.False(Keep(directory.Open("a", Access.Segment, write: true)).IsDirect);
    }

    [Fact]
    public void Require_fails_with_the_remedy_and_leaves_no_file()
    {
        var directory = OpenTemp(DirectIOMode.Require, new RefusesDirect());
        var error = Assert.Throws<DurableLogException>(() => directory.Create("a", Access.Segment));
        Assert.Contains(Temp["a"], error.Message, StringComparison.Ordinal);
        Assert.Contains(directory.FileSystem, error.Message, StringComparison.Ordinal);
        Assert.Contains("DirectIO to Auto", error.Message, StringComparison.Ordinal);
        Assert.Empty(directory.List());
        directory.Create("a", Access.Plain).Dispose(); // never direct, so never refused
    }

    [Fact]
    public void A_file_system_that_refuses_at_open_is_met_in_proc()
    {
        Assert.False(Keep(OpenAt("/proc/self").Open("status", Access.Segment, write: false)).IsDirect);
        var strict = OpenAt("/proc/self", DirectIOMode.Require);
        Assert.Throws<DurableLogException>(() => strict.Open("status", Access.Segment, write: false));
    }

    [Fact]
    public void A_file_system_that_refuses_at_creation_is_met_in_ramfs()
    {
        Directory.CreateDirectory(Temp["ram"]);
        Assert.SkipWhen(Libc.mount("none", Temp["ram"], "ramfs", 0, 0) != 0, "This test needs the right to mount.");
        try
        {
            using (var strict = OpenAt(Temp["ram"], DirectIOMode.Require))
            {
                Assert.Equal("ramfs", strict.FileSystem);
                Assert.Throws<DurableLogException>(() => strict.Create("a", Access.Segment));
                Assert.Empty(strict.List());
            }
            using var directory = OpenAt(Temp["ram"]);
            using var file = directory.Create("a", Access.Segment);
            Assert.False(file.IsDirect);
            file.Write(0, Bytes(4096).Span);
            file.Flush();
        }
        finally
        {
            _ = Libc.umount(Temp["ram"]);
        }
    }
}
