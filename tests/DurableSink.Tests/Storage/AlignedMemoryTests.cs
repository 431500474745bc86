using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DurableSink.Storage;
using Xunit;

namespace DurableSink.Tests.Storage;

public sealed unsafe class AlignedMemoryTests
{
    [Theory]
    [InlineData(1, 4096)]
    [InlineData(4096, 4096)]
    [InlineData(1 << 20 | 1, (1 << 20) + 4096)]
    public void Memory_is_aligned_rounded_up_and_zero(int asked, int given)
    {
        using var memory = AlignedMemory.Allocate(asked);
        Assert.Equal(given, memory.Length);
        Assert.Equal(given, memory.Span.Length);
        Assert.Equal(0u, (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory.Span)) % AlignedMemory.Alignment);
        Assert.False(memory.Span.ContainsAnyExcept((byte)0));
        memory.Span.Fill(1);
    }
}
