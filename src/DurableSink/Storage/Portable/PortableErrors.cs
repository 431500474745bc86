using System.Runtime.InteropServices;

namespace DurableSink.Storage.Portable;

/// <summary>What the BCL throws, as <see cref="DurableIOException"/> with the system's number: errno, or the Win32 code.</summary>
internal static class PortableErrors
{
    private const int Win32Facility = unchecked((int)0x80070000);
    private const int Win32PathNotFound = 3;
    private const int Win32AccessDenied = 5;
    private const int Win32PathTooLong = 206;
    private const int ENOENT = 2; // ERROR_FILE_NOT_FOUND too
    private const int EACCES = 13;

    /// <summary>Whether a call to the file system failed with this, and it is not one of ours already.</summary>
    public static bool IsIO(Exception e) => e is UnauthorizedAccessException or (IOException and not DurableLogException);

    public static DurableIOException Of(string operation, string path, long offset, Exception e, string remark = "")
    {
        var number = NumberOf(e);
        return number != 0 ? Of(operation, path, offset, number, remark) : new(operation, path, offset, 0, e.Message + remark);
    }

    public static DurableIOException Of(string operation, string path, long offset, int number, string remark = "") =>
        new(operation, path, offset, number, Marshal.GetPInvokeErrorMessage(number) + remark);

    public static DurableIOException Missing(string operation, string path) => Of(operation, path, -1, ENOENT);

    /// <summary>
    /// The system's number; 0 where the BCL failed by itself. On Unix it is the HResult of an <see cref="IOException"/>; four kinds of
    /// exception carry a Win32 code instead, one of them with the real exception inside.
    /// </summary>
    public static int NumberOf(Exception e)
    {
        if (e is UnauthorizedAccessException { InnerException: IOException inner }) e = inner;
        if ((e.HResult & 0xffff0000) != (Win32Facility & 0xffff0000)) return Math.Max(0, e.HResult);
        var code = e.HResult & 0xffff;
        return OperatingSystem.IsWindows() ? code : code switch
        {
            Win32PathNotFound => ENOENT, // ENOTDIR too: the BCL does not tell them apart
            Win32AccessDenied => EACCES,
            Win32PathTooLong => OperatingSystem.IsLinux() ? 36 : 63, // ENAMETOOLONG
            _ => code,
        };
    }
}
