using System.IO.Hashing;
using DurableSink.Segments;
using Xunit;

namespace DurableSink.Tests.Segments;

public sealed class LineHashTests
{
    [Fact]
    public void Every_length_has_the_hash_that_the_library_gives_it()
    {
        var bytes = new byte[1100];
        new Random(1).NextBytes(bytes);
        for (var length = 0; length <= 1024; length++)
        {
            for (var start = 0; start < 64; start++)
                Assert.Equal(XxHash3.HashToUInt64(bytes.AsSpan(start, length)), LineHash.Of(bytes.AsSpan(start, length)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0xFF)]
    public void Bytes_that_are_all_the_same_have_it_too(byte value)
    {
        var bytes = new byte[241];
        Array.Fill(bytes, value);
        for (var length = 128; length <= bytes.Length; length++) Assert.Equal(XxHash3.HashToUInt64(bytes.AsSpan(0, length)), LineHash.Of(bytes.AsSpan(0, length)));
    }
}
