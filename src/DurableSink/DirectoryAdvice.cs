using DurableSink.Storage;
using Microsoft.Extensions.Logging;

namespace DurableSink;

/// <summary>What the file system under a log's directory does to the promises of its policy.</summary>
internal static class DirectoryAdvice
{
    /// <summary>
    /// Refuses <see cref="FsyncPolicy.Always"/> on a network file system: whether its flush reaches a drive is decided by the server
    /// (async exports, write-behind), and a lease or a lock that is lost makes two writers (D8).
    /// </summary>
    public static void Require(ILogDirectory directory, DurableLogOptions options)
    {
        if (options.Fsync != FsyncPolicy.Always || !directory.IsNetwork || options.AllowNetworkDirectory) return;
        throw new DurableLogException(
            $"The log directory '{directory.Path}' is on a network file system ({directory.FileSystem}), and Fsync is Always: what a flush is " +
            "worth there, the server decides. Put the directory on a local drive, choose Fsync Batch or Os, or, where you know that the " +
            "server flushes, set AllowNetworkDirectory to true.");
    }

    /// <summary>Says what an operator should know, once at opening.</summary>
    public static void Advise(ILogDirectory directory, DurableLogOptions options, Action<DurableNotice> notify)
    {
        if (FileSystemKind.IsVolatile(directory.FileSystem))
        {
            notify(new(LogLevel.Warning, "VolatileDirectory",
                $"The log directory '{directory.Path}' is in memory ({directory.FileSystem}): its events survive a crash of the process, and " +
                "nothing else. Put it on a drive if they are to survive a power cut, a reboot or the end of a container."));
        }

        if (options.AllowNetworkDirectory) return;
        if (directory.IsNetwork)
        {
            notify(new(LogLevel.Warning, "NetworkDirectory",
                $"The log directory '{directory.Path}' is on a network file system ({directory.FileSystem}): what a flush is worth there, the " +
                "server decides. Put it on a local drive, or set AllowNetworkDirectory to true to accept that."));
        }
        else if (FileSystemKind.IsFuse(directory.FileSystem))
        {
            // Not refused: the program behind it may serve a local drive (ntfs-3g, gocryptfs, a virtual machine's share) as well as a bucket.
            notify(new(LogLevel.Warning, "FuseDirectory",
                $"The log directory '{directory.Path}' is served by a program ({directory.FileSystem}): a flush is worth what that program makes " +
                "of it. Put it on a local drive, or, where you know the program, set AllowNetworkDirectory to true to accept that."));
        }
    }
}
