using System.Runtime.InteropServices;
using DurableSink.Bench.Durable;

namespace DurableSink.Bench.Limits;

/// <summary>The drive by itself, for producers at a pace: one 4 KiB direct write and its flush at a time, into a file that was written before.</summary>
internal sealed unsafe class RawWriter : IBlockingWriter
{
    private const int Block = 4096;
    private const int FileBytes = 16 << 20;

    private readonly byte* _bytes = (byte*)NativeMemory.AlignedAlloc(FileBytes, Block);
    private readonly int _file;
    private readonly Lock _lock = new();
    private long _offset;

    public RawWriter(string folder)
    {
        _file = RawCalls.OpenDirect(Path.Combine(folder, "raw"));
        new Span<byte>(_bytes, FileBytes).Fill((byte)'\n');
        RawCalls.Write(_file, _bytes, FileBytes, 0);
        RawCalls.Flush(_file);
    }

    public long? Flushes => null;

    public void Write(long n)
    {
        lock (_lock)
        {
            *(long*)_bytes = n; // each write brings something new
            RawCalls.WriteAndFlush(_file, _bytes, Block, _offset);
            _offset = (_offset + Block) % FileBytes;
        }
    }

    public void Dispose()
    {
        RawCalls.Close(_file);
        NativeMemory.AlignedFree(_bytes);
    }
}
