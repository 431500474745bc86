using Microsoft.Win32.SafeHandles;

namespace DurableSink.Storage.Linux;

/// <summary>An open file. Counted while a call uses it: a late call never meets a number that was given to another file.</summary>
internal sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    public FileDescriptor(int fd) : base(ownsHandle: true) => SetHandle(fd);

    // Never repeated: after EINTR the number is free already and may be somebody else's. What close could still report (NFS) was
    // reported by the flush before, if anything was acknowledged.
    protected override bool ReleaseHandle() => LinuxNative.close((int)handle) == 0;
}
