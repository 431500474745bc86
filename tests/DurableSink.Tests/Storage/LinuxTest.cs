using System.Runtime.InteropServices;
using DurableSink.Storage;
using DurableSink.Storage.Linux;
using Xunit;

namespace DurableSink.Tests.Storage;

/// <summary>What the tests of the Linux storage share: a directory of their own on a real file system, and bytes to write.</summary>
public abstract class LinuxTest : IDisposable
{
    private protected const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private protected const UnixFileMode DirectoryMode = FileMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;

    private readonly List<IDisposable> _opened = [];
    private TempDirectory? _temp;

    protected LinuxTest() => Assert.SkipUnless(OperatingSystem.IsLinux(), "These tests make Linux system calls.");

    private protected TempDirectory Temp => _temp ??= new TempDirectory();

    private protected ILogDirectory OpenTemp(DirectIOMode mode = DirectIOMode.Auto, DirectOpener? opener = null) =>
        OpenAt(Temp.Path, mode, create: true, opener);

    private protected ILogDirectory OpenAt(
        string path, DirectIOMode mode = DirectIOMode.Auto, bool create = false, DirectOpener? opener = null) =>
        Keep(new LinuxStorage(opener).OpenDirectory(path, new DirectorySettings(mode, FileMode, DirectoryMode), create));

    private protected T Keep<T>(T opened) where T : IDisposable
    {
        _opened.Add(opened);
        return opened;
    }

    /// <summary>Block-aligned bytes that differ from place to place, and between seeds.</summary>
    private protected AlignedMemory Bytes(int length, int seed = 1)
    {
        var memory = Keep(AlignedMemory.Allocate(length));
        new Random(seed).NextBytes(memory.Span);
        return memory;
    }

    private protected static int Errno(Action action) => Assert.Throws<DurableIOException>(action).Errno;

    public void Dispose()
    {
        for (var i = _opened.Count - 1; i >= 0; i--) _opened[i].Dispose();
        _temp?.Dispose();
        GC.SuppressFinalize(this);
    }
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

internal static partial class Libc
{
    [LibraryImport("libc")]
    public static partial uint umask(uint mask);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mount(string source, string target, string type, ulong flags, nint data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int umount(string target);
}
