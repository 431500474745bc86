using System.Runtime.InteropServices;

namespace DurableSink.Storage;

/// <summary>
/// Block-aligned memory for direct I/O. On Linux from shared pages: DMA and a fork by <c>Process.Start</c> do not mix with private
/// ones (open(2), NOTES on O_DIRECT). Contents start as zeros.
/// </summary>
internal sealed unsafe class AlignedMemory : IDisposable
{
    public const int Alignment = 4096;

    private byte* _pointer;
    private readonly bool _mapped;

    private AlignedMemory(byte* pointer, int length, bool mapped)
    {
        _pointer = pointer;
        Length = length;
        _mapped = mapped;
    }

    ~AlignedMemory() => Release();

    public int Length { get; }

    public Span<byte> Span => new(_pointer, Length);

    /// <summary>Allocates at least <paramref name="length"/> bytes, rounded up to the alignment.</summary>
    public static AlignedMemory Allocate(int length)
    {
        length = checked((length + Alignment - 1) / Alignment * Alignment);
        if (OperatingSystem.IsLinux() && Linux.OpenFlags.KnowThisProcess) return new(Linux.LinuxCalls.MapShared(length), length, mapped: true);
        var pointer = (byte*)NativeMemory.AlignedAlloc((nuint)length, Alignment);
        NativeMemory.Clear(pointer, (nuint)length);
        return new(pointer, length, mapped: false);
    }

    /// <summary>Owns a mapping that begins at a page.</summary>
    public static AlignedMemory OfMapping(byte* pointer, int length) => new(pointer, length, mapped: true);

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        var pointer = _pointer;
        _pointer = null;
        if (pointer == null) return;
        if (_mapped) Linux.LinuxCalls.Unmap(pointer, Length);
        else NativeMemory.AlignedFree(pointer);
    }
}
