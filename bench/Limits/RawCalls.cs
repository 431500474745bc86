using System.ComponentModel;
using System.Runtime.InteropServices;

namespace DurableSink.Bench.Limits;

/// <summary>The system calls of the raw loop, bound here so that it measures the drive and nothing of DurableSink.</summary>
internal static unsafe partial class RawCalls
{
    private const int ReadWrite = 2, Create = 0x40, CloseOnExec = 0x80000; // open(2), the same on x86-64 and arm64
    private const int WriteDurable = 2; // RWF_DSYNC, linux/fs.h

    // O_DIRECT, asm/fcntl.h: it differs between architectures.
    private static int Direct => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;

    public static int OpenDirect(string path)
    {
        var file = Open(path, ReadWrite | Create | CloseOnExec | Direct, 0x1A0); // 0640
        return file >= 0 ? file : throw Failed("open with O_DIRECT");
    }

    public static void Write(int file, byte* bytes, int length, long offset)
    {
        if (PWrite(file, bytes, (nuint)length, offset) != length) throw Failed("pwrite");
    }

    public static void WriteAndFlush(int file, byte* bytes, int length, long offset)
    {
        var vector = new IoVector { Base = bytes, Length = (nuint)length };
        if (PWriteV2(file, &vector, 1, offset, WriteDurable) != length) throw Failed("pwritev2");
    }

    public static void Flush(int file)
    {
        if (FDataSync(file) != 0) throw Failed("fdatasync");
    }

    /// <summary>Brings all that the machine has in its page cache to its drives: what was done before does not fall on what comes next.</summary>
    public static void Sync() => SyncAll();

    public static void Close(int file) => _ = CloseFile(file);

    private static Win32Exception Failed(string call) => new(Marshal.GetLastPInvokeError(), $"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint PWrite(int file, byte* bytes, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "pwritev2", SetLastError = true)]
    private static partial nint PWriteV2(int file, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(int file);

    [LibraryImport("libc", EntryPoint = "sync")]
    private static partial void SyncAll();

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseFile(int file);
}
