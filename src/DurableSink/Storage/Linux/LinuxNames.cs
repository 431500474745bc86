using System.Runtime.InteropServices;
using System.Text;
using static DurableSink.Storage.Linux.LinuxNative;

namespace DurableSink.Storage.Linux;

/// <summary>The calls that make, change, remove and list names in an open directory.</summary>
internal static unsafe class LinuxNames
{
    /// <summary>Zero, or the error's number.</summary>
    public static int TryMakeDirectory(FileDescriptor parent, string name, UnixFileMode mode)
    {
        while (mkdirat(parent, name, (uint)mode) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR) return errno;
        }
        return 0;
    }

    /// <summary>Renames where the new name is free. Zero, or the error's number.</summary>
    public static int TryRename(FileDescriptor directory, string from, string to)
    {
        try
        {
            while (renameat2(directory, from, directory, to, RenameNoReplace) != 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) return errno;
            }
            return 0;
        }
        catch (EntryPointNotFoundException) // older musl has no wrapper for it
        {
            return Errno.ENOSYS;
        }
    }

    /// <summary>Gives a file a second name, where that is free. Zero, or the error's number.</summary>
    public static int TryLink(FileDescriptor directory, string from, string to)
    {
        while (linkat(directory, from, directory, to, 0) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR) return errno;
        }
        return 0;
    }

    public static void Unlink(FileDescriptor directory, string name, string path)
    {
        while (unlinkat(directory, name, 0) != 0) LinuxCalls.ThrowUnlessInterrupted("unlinkat", path);
    }

    /// <summary>Whether the name was there, and is gone.</summary>
    public static bool TryDelete(FileDescriptor directory, string name)
    {
        int result;
        while ((result = unlinkat(directory, name, 0)) != 0 && Marshal.GetLastPInvokeError() == Errno.EINTR)
        {
            // Again.
        }

        return result == 0;
    }

    /// <summary>The plain files' names.</summary>
    public static List<string> List(FileDescriptor directory, string path) => List(directory, path, DirectoryEntry.RegularType, static status => status.IsRegularFile);

    /// <summary>The directories' names.</summary>
    public static List<string> ListDirectories(FileDescriptor directory, string path)
    {
        var names = List(directory, path, DirectoryEntry.DirectoryType, static status => status.IsDirectory);
        names.RemoveAll(static name => name is "." or "..");
        return names;
    }

    /// <summary>Reads through a descriptor of its own: a shared one would share its reading position.</summary>
    private static List<string> List(FileDescriptor directory, string path, byte type, Func<FileStatus, bool> isOfType)
    {
        var names = new List<string>();
        using var own = LinuxCalls.Open(directory, ".", OpenFlags.ReadOnly | OpenFlags.Directory, default, path);
        var stream = fdopendir((int)own.DangerousGetHandle());
        if (stream == 0) throw LinuxCalls.Error("fdopendir", path, -1, Marshal.GetLastPInvokeError());
        own.SetHandleAsInvalid(); // the stream owns it from here
        try
        {
            while (true)
            {
                var entry = readdir(stream); // errno is set to zero before the call, so that the end differs from an error
                if (entry == null)
                {
                    var errno = Marshal.GetLastPInvokeError();
                    return errno == 0 ? names : throw LinuxCalls.Error("readdir", path, -1, errno);
                }
                var name = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry->Name));
                if (entry->Type == type || (entry->Type == DirectoryEntry.UnknownType && IsOfType(directory, name, isOfType)))
                    names.Add(name);
            }
        }
        finally
        {
            _ = closedir(stream);
        }
    }

    private static bool IsOfType(FileDescriptor directory, string name, Func<FileStatus, bool> isOfType) =>
        LinuxCalls.TryStatus(directory, name, FileStatus.MaskType, out var status) == 0 && isOfType(status);
}
