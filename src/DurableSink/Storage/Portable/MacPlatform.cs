using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace DurableSink.Storage.Portable;

/// <summary>
/// macOS, where fsync leaves the bytes in the drive's cache and only F_FULLFSYNC asks the drive to empty it (fcntl(2), fsync(2)). Not
/// tested: no machine of ours runs it (docs/PLATFORMS.md).
/// </summary>
[SupportedOSPlatform("macos")]
internal sealed class MacPlatform : UnixPlatform
{
    private const int ENOTSUP = 45;

    // F_NOCACHE keeps what is read and written here out of the page cache; macOS has nothing stronger.
    public override SafeFileHandle? TryOpenDirect(string path, FileAccess access)
    {
        var file = File.OpenHandle(path, FileMode.Open, access, Sharing);
        if (UnixNative.fcntl(file, UnixNative.NoCache, 1, 1, 1, 1, 1, 1, 1) == 0) return file;
        file.Dispose();
        return null;
    }

    public override void Rename(string from, string to)
    {
        while (UnixNative.renamex_np(from, to, UnixNative.RenameExclusive) != 0)
        {
            var number = Marshal.GetLastPInvokeError();
            if (number == ENOTSUP)
            {
                RenameAfterALook(from, to);
                return;
            }
            if (number != EINTR) throw PortableErrors.Of("renamex_np", from, -1, number, $" (renaming it to '{to}')");
        }
    }

    // Directories too, by FlushDirectory. A file system without it fails here (SMB, NFS): fsync would promise less, and tell nobody.
    public override void Flush(SafeFileHandle file, string path)
    {
        while (UnixNative.fcntl(file, UnixNative.FullFlush) == -1) ThrowUnlessInterrupted("fcntl(F_FULLFSYNC)", path);
    }
}
