using System.Text;

namespace DurableSink.Storage.Linux;

/// <summary>What a user can do about an error of the file system, in the words that follow its message.</summary>
internal static class Remedies
{
    private const int LongestName = 255;
    private const int LongestPath = 4095;

    /// <summary>A remark in parentheses; empty where there is nothing to say.</summary>
    public static string For(string operation, string path, int errno) => errno switch
    {
        Errno.EPERM or Errno.EACCES =>
            $" (not allowed for the user '{Environment.UserName}' that this process runs as: let it read, write and enter the log's directory, " +
            "by chown or chmod, or set Directory to another place)",
        Errno.EROFS => " (mounted read-only: mount it for writing, or set Directory to another place)",
        Errno.ENOSPC => " (no room left there: make room, or keep less)",
        Errno.EDQUOT => " (the user's quota is used up: raise it, or make room)",
        Errno.ENOTDIR => " (a part of this path is a file, not a directory: move it away, or set Directory to another place)",
        Errno.ENAMETOOLONG =>
            $" (it takes {Bytes(path)} bytes, its longest name {path.Split('/').Max(Bytes)}; at most {LongestPath} and {LongestName} are allowed: " +
            "set Directory to a shorter one)",
        Errno.ELOOP => " (a log never opens a file through a symbolic link)",
        Errno.ENOENT when operation == "mkdirat" => " (no directory can be made there: set Directory to a place on a drive)",
        _ => "",
    };

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);
}
