namespace DurableSink.Storage.Linux;

/// <summary>Opens files for direct I/O, where the file system has it. A class, so that a test can play one that has not.</summary>
internal class DirectOpener
{
    public static DirectOpener Default { get; } = new();

    /// <summary>Null where the file system refuses direct I/O on this file.</summary>
    public virtual FileDescriptor? TryOpen(FileDescriptor directory, string name, int flags, string path, out int alignment)
    {
        alignment = AlignedMemory.Alignment;
        var file = LinuxCalls.TryOpen(directory, name, flags | OpenFlags.Direct, default, out var errno);
        if (file is null) return errno is Errno.EINVAL or Errno.EOPNOTSUPP ? null : throw LinuxCalls.Error("openat", path, -1, errno);
        try
        {
            var status = LinuxCalls.Status(file, FileStatus.MaskDirectAlignment, path);
            // Kernels before 6.1, and file systems that do not say, leave the mask out: then the floor has to do.
            if ((status.Mask & FileStatus.MaskDirectAlignment) != 0)
            {
                // Zero means no direct I/O on this file, whatever open said (encrypted and inline files, some overlays).
                var supported = status.DirectOffsetAlignment is > 0 and <= 1 << 20 &&
                                status.DirectMemoryAlignment is > 0 and <= AlignedMemory.Alignment;
                if (!supported)
                {
                    file.Dispose();
                    return null;
                }
                alignment = Math.Max(alignment, (int)status.DirectOffsetAlignment);
            }
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
