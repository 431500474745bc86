namespace DurableSink.Storage.Linux;

internal static unsafe class LinuxCalls
{
    public static byte* MapShared(int length) => throw new NotSupportedException();
    public static void Unmap(byte* pointer, int length) => throw new NotSupportedException();
}
