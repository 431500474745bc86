using System.Runtime.InteropServices;
using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Storage;

/// <summary>What the tests of a storage on real file systems share: a directory of their own, and bytes to write.</summary>
public abstract class StorageTest : IDisposable
{
    private protected const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private protected const UnixFileMode DirectoryMode = FileMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;

    private readonly List<IDisposable> _opened = [];
    private TempDirectory? _temp;

    private protected StorageTest(ILogStorage storage) => Storage = storage;

    private protected ILogStorage Storage { get; }

    private protected TempDirectory Temp => _temp ??= new TempDirectory();

    private protected ILogDirectory OpenTemp(DirectIOMode mode = DirectIOMode.Auto) => OpenAt(Temp.Path, mode, create: true);

    private protected ILogDirectory OpenAt(string path, DirectIOMode mode = DirectIOMode.Auto, bool create = false) =>
        Keep(Storage.OpenDirectory(path, new DirectorySettings(mode, FileMode, DirectoryMode), create));

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

internal static partial class Libc
{
    [LibraryImport("libc")]
    public static partial uint umask(uint mask);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mount(string source, string target, string type, ulong flags, nint data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int umount(string target);
}
