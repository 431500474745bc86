using System.Runtime.Versioning;
using DurableSink.Storage;
using DurableSink.Storage.Portable;
using Xunit;

namespace DurableSink.Tests.Storage;

// The umask is the whole process's: no other test runs beside these.
[CollectionDefinition("umask", DisableParallelization = true)]
public sealed class UmaskCollection;

[Collection("umask")]
[UnsupportedOSPlatform("windows")]
public sealed class LinuxModeTests() : ModeContract(LinuxTest.Linux());

[Collection("umask")]
[UnsupportedOSPlatform("windows")]
public sealed class PortableModeTests() : ModeContract(new PortableStorage());

/// <summary>Who may read and write what a storage makes, where files have modes.</summary>
[UnsupportedOSPlatform("windows")]
public abstract class ModeContract : StorageTest
{
    private protected ModeContract(ILogStorage storage) : base(storage) =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");

    [Theory]
    [InlineData(0)]
    [InlineData(0x3f)] // 077
    public void Modes_are_exact_whatever_the_umask(uint umask)
    {
        var before = Libc.umask(umask);
        try
        {
            var directory = OpenAt(Temp["a/b"], create: true);
            directory.Create("segment", Access.Segment).Dispose();
            directory.Create("plain", Access.Plain).Dispose();
            directory.TryLock("LOCK", "me", out _)!.Dispose();
        }
        finally
        {
            _ = Libc.umask(before);
        }
        Assert.Equal(DirectoryMode, File.GetUnixFileMode(Temp["a"]));
        Assert.Equal(DirectoryMode, File.GetUnixFileMode(Temp["a/b"]));
        Assert.All(["segment", "plain", "LOCK"], name => Assert.Equal(FileMode, File.GetUnixFileMode(Temp[$"a/b/{name}"])));
    }

    [Fact]
    public void A_mode_without_write_is_exact_too()
    {
        var settings = new DirectorySettings(DirectIOMode.Auto, UnixFileMode.UserRead, DirectoryMode);
        var directory = Keep(Storage.OpenDirectory(Temp.Path, settings, create: true));
        using (var file = directory.Create("a", Access.Segment)) file.Write(0, Bytes(4096).Span);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Temp["a"]));
    }

    [Fact]
    public void Modes_of_what_stood_before_are_left_alone()
    {
        var mode = DirectoryMode | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(Temp["a"]);
        File.SetUnixFileMode(Temp["a"], mode);
        OpenAt(Temp["a"], create: true);
        Assert.Equal(mode, File.GetUnixFileMode(Temp["a"]));
    }
}
