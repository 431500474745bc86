using DurableSink.Storage;
using Microsoft.Win32.SafeHandles;

namespace DurableSink.Tooling.Recovering;

/// <summary>
/// A file that is there, which is read and never written; or one that a recovery makes, whose content stands in a temporary file elsewhere,
/// because it is read again (a salvage, its keys).
/// </summary>
internal sealed class DryFile(string path, ILogFile? real, SafeFileHandle? made) : ILogFile
{
    public string Path { get; set; } = path;

    public bool IsDirect => real?.IsDirect ?? false;

    public int Alignment => real?.Alignment ?? AlignedMemory.Alignment;

    public long Length => real?.Length ?? RandomAccess.GetLength(made!);

    public bool IsLinked => true;

    public int Read(long offset, Span<byte> into)
    {
        if (real != null) return real.Read(offset, into);
        var read = 0;
        while (read < into.Length && RandomAccess.Read(made!, into[read..], offset + read) is > 0 and var more) read += more;
        return read;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (made != null) RandomAccess.Write(made, bytes, offset);
    }

    public void Truncate(long length)
    {
        if (made != null) RandomAccess.SetLength(made, length);
    }

    public bool TryWriteDurable(long offset, ReadOnlySpan<byte> bytes) => false;

    public bool TryReserve(long offset, long length) => false;

    public void Flush()
    {
        // Nothing here is to last.
    }

    public void FlushAll()
    {
    }

    public void DropCache()
    {
    }

    /// <summary>What was made belongs to the directory.</summary>
    public void Dispose() => real?.Dispose();
}
