using System.Numerics;
using System.Runtime.InteropServices;

namespace DurableSink.Storage;

/// <summary>Where the planted engine's aligned memory comes from and goes to: pages that the process has had already cost no page fault,
/// and stay in the processor's cache.</summary>
internal static unsafe class RecycledMemory
{
    // By the logarithm of its size.
    private static readonly Stack<nint>[] Free = [.. Enumerable.Range(0, 32).Select(_ => new Stack<nint>())];

    /// <summary>Contents are what they were.</summary>
    public static byte* Take(int length)
    {
        var size = SizeOf(length);
        lock (Free[size])
            if (Free[size].TryPop(out var pointer)) return (byte*)pointer;
        return (byte*)NativeMemory.AlignedAlloc((nuint)1 << size, AlignedMemory.Alignment);
    }

    public static void Give(byte* pointer, int length)
    {
        var size = SizeOf(length);
        lock (Free[size]) Free[size].Push((nint)pointer);
    }

    private static int SizeOf(int length) => BitOperations.Log2((uint)length - 1) + 1;
}
