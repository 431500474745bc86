using DurableSink.Storage;

namespace DurableSink.Segments;

/// <summary>Reads that go on where the drive cannot: blocks that it does not give are replaced by a byte that no line holds, so that they
/// show as damage and what stands around them can be salvaged.</summary>
internal static class BlockReading
{
    private const byte Unreadable = 0xFF; // never part of UTF-8

    /// <summary>Reads at a block's start, up to the end of the file, whose length is <paramref name="length"/>. Returns how many bytes.</summary>
    public static int Read(ILogFile file, long offset, Span<byte> into, long length)
    {
        int read;
        try
        {
            read = file.Read(offset, into);
        }
        catch (DurableIOException)
        {
            read = ReadByBlocks(file, offset, into, length);
        }

        return (int)Math.Min(read, length - offset);
    }

    private static int ReadByBlocks(ILogFile file, long offset, Span<byte> into, long length)
    {
        var filled = 0;
        while (filled < into.Length && offset + filled < length)
        {
            var block = into.Slice(filled, AlignedMemory.Alignment);
            int read;
            try
            {
                read = file.Read(offset + filled, block);
            }
            catch (DurableIOException)
            {
                block.Fill(Unreadable);
                read = block.Length;
            }

            filled += read;
            if (read < block.Length) break;
        }

        return filled;
    }
}
