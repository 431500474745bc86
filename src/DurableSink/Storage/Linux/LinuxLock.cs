using System.Text;

namespace DurableSink.Storage.Linux;

/// <summary>
/// A lock by flock(2): it ends with the process, whatever ends that, and belongs to the open file, so that two openers within one
/// process meet too (D8). The file stays; no pid is ever judged.
/// </summary>
internal sealed class LinuxLock : IDisposable
{
    private const int LongestHolder = 1024;
    private const string UnknownHolder = "an unknown holder";

    private readonly FileDescriptor _file;

    private LinuxLock(FileDescriptor file) => _file = file;

    /// <summary>Takes over <paramref name="file"/> when the lock was free; else null, with what the holder wrote.</summary>
    public static LinuxLock? TryTake(FileDescriptor file, string path, string holder, out string currentHolder)
    {
        var errno = LinuxCalls.TryLock(file);
        if (errno == Errno.EAGAIN)
        {
            currentHolder = ReadHolder(file, path);
            return null;
        }
        if (errno != 0) throw LinuxCalls.Error("flock", path, -1, errno);

        LinuxCalls.Truncate(file, 0, path);
        new LinuxFile(path, file, isDirect: false, alignment: 1).Write(0, Encoding.UTF8.GetBytes(holder));
        currentHolder = holder;
        return new LinuxLock(file);
    }

    public void Dispose() => _file.Dispose();

    private static string ReadHolder(FileDescriptor file, string path)
    {
        Span<byte> text = stackalloc byte[LongestHolder];
        var count = (int)LinuxCalls.Read(file, 0, text);
        if (count < 0) throw LinuxCalls.Error("pread", path, 0, -count);
        var holder = Encoding.UTF8.GetString(text[..count]).Trim();
        return holder.Length == 0 ? UnknownHolder : holder; // taken this moment, its name not yet written
    }
}
