namespace DurableSink.Tests.Storage;

internal static class Sectors
{
    public const int Size = 512;
}

/// <summary>Bytes and a length. Bytes may lie beyond the length: written, but not reachable before the length covers them.</summary>
internal sealed class Content
{
    private byte[] _bytes = [];

    public long Length { get; private set; }

    public void Put(long offset, ReadOnlySpan<byte> bytes)
    {
        var end = checked((int)offset + bytes.Length);
        if (end > _bytes.Length) Array.Resize(ref _bytes, Math.Max(end, _bytes.Length * 2));
        bytes.CopyTo(_bytes.AsSpan((int)offset));
    }

    /// <summary>A copy of the bytes there, zeros where there are none.</summary>
    public byte[] Get(long offset, int count)
    {
        var copy = new byte[count];
        var there = Math.Clamp(_bytes.Length - offset, 0, count);
        _bytes.AsSpan((int)Math.Min(offset, _bytes.Length), (int)there).CopyTo(copy);
        return copy;
    }

    public int Read(long offset, Span<byte> into)
    {
        var count = (int)Math.Clamp(Length - offset, 0, into.Length);
        Get(offset, count).CopyTo(into);
        return count;
    }

    public void Extend(long length) => Length = Math.Max(Length, length);

    public void Cut(long length)
    {
        Length = Math.Min(Length, length);
        ForgetBeyondLength();
    }

    public Content Clone() => new() { _bytes = (byte[])_bytes.Clone(), Length = Length };

    public void ForgetBeyondLength()
    {
        if (Length < _bytes.Length) Array.Clear(_bytes, (int)Length, _bytes.Length - (int)Length);
    }
}

/// <summary>A file, whatever its names: as it is seen, and as it would be after a cut.</summary>
internal sealed class Inode
{
    public Content Present { get; set; } = new();
    public Content Durable { get; private init; } = new();
    public long Reserved { get; set; }

    public long Room => Math.Max((Present.Length + 4095) / 4096 * 4096, Reserved);

    public Inode Clone() => new() { Present = Present.Clone(), Durable = Durable.Clone(), Reserved = Reserved };

    public void StartOver()
    {
        Durable.ForgetBeyondLength();
        Present = Durable.Clone();
        Reserved = 0;
    }
}

/// <summary>A directory's names, as they are seen and as they would be after a cut.</summary>
internal sealed class Names
{
    public Dictionary<string, Inode> Present { get; private set; } = new(StringComparer.Ordinal);
    public Dictionary<string, Inode> Durable { get; } = new(StringComparer.Ordinal);

    /// <summary>Who holds which lock.</summary>
    public Dictionary<string, string> Locks { get; } = new(StringComparer.Ordinal);

    public Names Clone(Func<Inode, Inode> copyOf, Dictionary<object, object> copies)
    {
        var copy = new Names(); // without the locks: their holder is gone
        copies[this] = copy;
        foreach (var (name, inode) in Present) copy.Present[name] = copyOf(inode);
        foreach (var (name, inode) in Durable) copy.Durable[name] = copyOf(inode);
        return copy;
    }

    public void StartOver()
    {
        Present = new(Durable, StringComparer.Ordinal);
        foreach (var inode in Present.Values) inode.StartOver();
    }
}
