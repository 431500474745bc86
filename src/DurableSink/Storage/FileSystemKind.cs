namespace DurableSink.Storage;

/// <summary>What is known of a file system by its name, as <see cref="ILogDirectory.FileSystem"/> gives it.</summary>
internal static class FileSystemKind
{
    /// <summary>Whether an overwrite goes to the same place on the drive; elsewhere, room written ahead is no use.</summary>
    public static bool WritesInPlace(string fileSystem) => fileSystem is not ("btrfs" or "zfs" or "bcachefs" or "nilfs2");

    /// <summary>Whether a flush is another machine's affair: its settings decide what the word is worth, and ours cannot see them.</summary>
    public static bool IsNetwork(string fileSystem) =>
        fileSystem is "nfs" or "smb" or "cifs" or "smb2" or "9p" or "ceph" or "afs" or "coda" or "ncp" or "lustre" // Linux
            or "smbfs" or "afpfs" or "webdav" or "ftp"; // macOS

    /// <summary>Whether a program stands behind it, of which we know nothing.</summary>
    public static bool IsFuse(string fileSystem) => fileSystem is "fuse" or "fuseblk" or "macfuse" or "osxfuse";

    /// <summary>Whether it is memory: everything is gone when the power is, or when it is unmounted.</summary>
    public static bool IsVolatile(string fileSystem) => fileSystem is "tmpfs" or "ramfs";
}
