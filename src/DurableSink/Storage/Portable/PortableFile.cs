using Microsoft.Win32.SafeHandles;

namespace DurableSink.Storage.Portable;

/// <summary>One open file over <see cref="RandomAccess"/>; see <see cref="ILogFile"/> for what each call promises.</summary>
internal sealed class PortableFile(
    Platform platform, PortableDirectory directory, string name, SafeFileHandle file, bool isDirect, int alignment) : ILogFile
{
    private volatile string _name = name;

    public string Path { get; set; } = System.IO.Path.Combine(directory.Path, name);
    public bool IsDirect => isDirect;
    public int Alignment => alignment;

    public long Length
    {
        get
        {
            try
            {
                return RandomAccess.GetLength(file);
            }
            catch (Exception e) when (PortableErrors.IsIO(e))
            {
                throw PortableErrors.Of("stat", Path, -1, e);
            }
        }
    }

    /// <summary>The name it has now; the directory changes it with each rename.</summary>
    internal string Name
    {
        get => _name;
        set => _name = value;
    }

    public bool IsLinked => directory.Has(_name); // by name: no portable call counts the links of an open file

    // The BCL goes on after a short write until it meets the error.
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(file, bytes, offset);
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("write", Path, offset, e);
        }
    }

    /// <summary>False: there is no such call. On Windows, direct files write through, and the flush that follows is a short one.</summary>
    public bool TryWriteDurable(long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) throw new ArgumentException("An empty write makes nothing durable.", nameof(bytes));
        return false;
    }

    public void Flush() => FlushAll();

    public void FlushAll()
    {
        try
        {
            platform.Flush(file, Path);
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("flush", Path, -1, e);
        }
    }

    public int Read(long offset, Span<byte> into)
    {
        var total = 0;
        try
        {
            while (total < into.Length)
            {
                var count = RandomAccess.Read(file, into[total..], offset + total);
                total += count;
                // In a direct file, only its end leaves a block partly filled, and reading on from there would be unaligned.
                if (count == 0 || (isDirect && total % alignment != 0)) break;
            }
            return total;
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("read", Path, offset + total, e);
        }
    }

    public void Truncate(long length)
    {
        if (length > Length) throw new ArgumentOutOfRangeException(nameof(length), length, "A cut never grows a file.");
        try
        {
            RandomAccess.SetLength(file, length);
        }
        catch (Exception e) when (PortableErrors.IsIO(e))
        {
            throw PortableErrors.Of("truncate", Path, length, e);
        }
    }

    /// <summary>False: what the BCL can reserve, it reserves when a file is made, and only then.</summary>
    public bool TryReserve(long offset, long length) => false;

    /// <summary>Nothing: direct files have no clean pages there, and no portable call drops those of others (docs/PLATFORMS.md).</summary>
    public void DropCache() => ObjectDisposedException.ThrowIf(file.IsClosed, this);

    public void Dispose()
    {
        directory.Closed(this);
        file.Dispose();
    }
}
