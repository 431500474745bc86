using DurableSink.Storage;
using DurableSink.Storage.Linux;
using Xunit;

namespace DurableSink.Tests.Storage;

/// <summary>A test that makes Linux system calls.</summary>
public abstract class LinuxTest : StorageTest
{
    private protected LinuxTest() : base(Linux()) { }

    internal static ILogStorage Linux(DirectOpener? opener = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "These tests make Linux system calls.");
        return new LinuxStorage(opener);
    }

    private protected ILogDirectory OpenTemp(DirectIOMode mode, DirectOpener opener) =>
        Keep(Linux(opener).OpenDirectory(Temp.Path, new DirectorySettings(mode, FileMode, DirectoryMode), create: true));
}

/// <summary>A file system without direct I/O.</summary>
internal sealed class RefusesDirect : DirectOpener
{
    public override FileDescriptor? TryOpen(FileDescriptor directory, string name, int flags, string path, out int alignment)
    {
        alignment = 0;
        return null;
    }
}
