using DurableSink.Storage;

namespace DurableSink.Tooling.Recovering;

/// <summary>A file that is read and not written; without a real one behind it, one that a recovery would make.</summary>
internal sealed class DryFile(string path, ILogFile? real) : ILogFile
{
    public string Path { get; set; } = path;

    public bool IsDirect => real?.IsDirect ?? false;

    public int Alignment => real?.Alignment ?? AlignedMemory.Alignment;

    public long Length => real?.Length ?? 0;

    public bool IsLinked => true;

    public int Read(long offset, Span<byte> into) => real?.Read(offset, into) ?? 0;

    public bool TryWriteDurable(long offset, ReadOnlySpan<byte> bytes) => false;

    public bool TryReserve(long offset, long length) => false;

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        // Goes nowhere, as all that follows.
    }

    public void Flush()
    {
    }

    public void FlushAll()
    {
    }

    public void Truncate(long length)
    {
    }

    public void DropCache()
    {
    }

    public void Dispose() => real?.Dispose();
}
