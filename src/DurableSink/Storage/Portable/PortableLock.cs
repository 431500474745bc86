using System.Text;
using Microsoft.Win32.SafeHandles;

namespace DurableSink.Storage.Portable;

/// <summary>
/// A lock by an open file: it ends with the process, whatever ends that, and two openers within one process meet too (D8). The file
/// stays; no pid is ever judged.
/// </summary>
internal sealed class PortableLock : IDisposable
{
    private const int LongestHolder = 1024;
    private const string UnknownHolder = "an unknown holder";

    private readonly SafeFileHandle _file;

    private PortableLock(SafeFileHandle file) => _file = file;

    /// <summary>The lock, when it was free; else null, with what the holder wrote.</summary>
    public static PortableLock? TryTake(Platform platform, string path, UnixFileMode mode, string holder, out string currentHolder)
    {
        var file = TryOpen(platform, path, mode);
        if (file is null)
        {
            currentHolder = ReadHolder(platform, path);
            return null;
        }

        try
        {
            if (!platform.TryLock(file, path))
            {
                file.Dispose();
                currentHolder = ReadHolder(platform, path);
                return null;
            }
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(holder), 0);
            currentHolder = holder;
            return new PortableLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    private static SafeFileHandle? TryOpen(Platform platform, string path, UnixFileMode mode)
    {
        while (true) // ends: a lock file is never removed, so it is made once
        {
            try
            {
                return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, platform.LockSharing);
            }
            catch (FileNotFoundException)
            {
                Make(platform, path, mode);
            }
            catch (IOException e) when (platform.IsHeld(PortableErrors.NumberOf(e)))
            {
                return null;
            }
        }
    }

    private static void Make(Platform platform, string path, UnixFileMode mode)
    {
        try
        {
            platform.CreateFile(path, mode);
        }
        catch (IOException) when (File.Exists(path))
        {
            return; // another process made it just now
        }
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, Platform.Sharing);
        platform.SetMode(file, mode);
    }

    private static string ReadHolder(Platform platform, string path)
    {
        Span<byte> text = stackalloc byte[LongestHolder];
        using var file = platform.OpenLocked(path);
        var holder = Encoding.UTF8.GetString(text[..RandomAccess.Read(file, text, 0)]).Trim();
        return holder.Length == 0 ? UnknownHolder : holder; // taken this moment, its name not yet written
    }
}
