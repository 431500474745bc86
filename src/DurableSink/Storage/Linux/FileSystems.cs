namespace DurableSink.Storage.Linux;

/// <summary>Which file system a directory is on, by statfs's f_type; numbers from include/uapi/linux/magic.h, others as marked.</summary>
internal static unsafe class FileSystems
{
    // struct statfs takes 120 bytes on the 64-bit architectures we know, and begins with the longs f_type, f_bsize, f_blocks, f_bfree, f_bavail.
    private const int StatusLength = 32;

    public static string NameOf(FileDescriptor directory, string path)
    {
        var status = stackalloc long[StatusLength];
        Read(directory, path, status);
        return Name((uint)status[0]);
    }

    /// <summary>What is left for those who are not root.</summary>
    public static long FreeBytes(FileDescriptor directory, string path)
    {
        var status = stackalloc long[StatusLength];
        Read(directory, path, status);
        return status[1] * status[4];
    }

    private static void Read(FileDescriptor directory, string path, long* status)
    {
        while (LinuxNative.fstatfs(directory, status) != 0) LinuxCalls.ThrowUnlessInterrupted("fstatfs", path);
    }

    internal static string Name(uint magic) => magic switch
    {
        0xEF53 => "ext4", // ext2 and ext3 too: one number for all three
        0x58465342 => "xfs",
        0x9123683E => "btrfs",
        0x2FC12FC1 => "zfs", // OpenZFS, include/sys/fs/zfs.h
        0xCA451A4E => "bcachefs", // fs/bcachefs/bcachefs_format.h
        0x3434 => "nilfs2",
        0xF2F52010 => "f2fs",
        0x794C7630 => "overlay",
        0x01021994 => "tmpfs",
        0x858458F6 => "ramfs",
        0x65735546 => "fuse",
        0x6969 => "nfs",
        0x517B => "smb",
        0xFF534D42 => "cifs",
        0xFE534D42 => "smb2",
        0x01021997 => "9p",
        0x00C36400 => "ceph",
        0x5346414F => "afs",
        0x6B414653 => "afs", // AFS_FS_MAGIC: the kernel's own client
        0x73757245 => "coda",
        0x564C => "ncp",
        0x0BD00BD0 => "lustre", // Lustre, lustre_user.h
        0x01161970 => "gfs2", // include/uapi/linux/gfs2_ondisk.h
        0x7461636F => "ocfs2",
        0x4D44 => "vfat",
        0x2011BAB0 => "exfat",
        0x5346544E => "ntfs", // fs/ntfs
        0x7366746E => "ntfs3", // fs/ntfs3
        0x52654973 => "reiserfs",
        0x3153464A => "jfs", // fs/jfs/jfs_superblock.h
        0xF15F => "ecryptfs",
        0x9FA0 => "proc",
        0x62656572 => "sysfs",
        _ => $"0x{magic:x}",
    };
}
