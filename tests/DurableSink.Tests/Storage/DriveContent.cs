using System.IO.Hashing;

namespace DurableSink.Tests.Storage;

internal static class Sectors
{
    public const int Size = 512;
    public const uint AllOfPage = 0xFF; // a bit for each
}

/// <summary>
/// Bytes and a length. Bytes may lie beyond the length: written, but not reachable before the length covers them. Kept in pages that are
/// never written to again, so that copies, and what is written twice, share them.
/// </summary>
internal sealed class Content
{
    public const int Page = 4096;

    private static readonly byte[] Zeros = new byte[Page];
    private static readonly byte[] Filler = [.. Enumerable.Repeat((byte)'\n', Page)];

    private byte[][] _pages = [];
    private bool _isShared; // the array: another content has it too

    public long Length { get; private set; }

    /// <summary>Whether it is the same without a look at the bytes.</summary>
    public bool SharesAllWith(Content other) => Length == other.Length && _pages.AsSpan().SequenceEqual(other._pages);

    public bool HasSameBytesAs(Content other)
    {
        if (Length != other.Length) return false;
        for (var at = 0L; at < Length; at += Page)
        {
            var (page, others) = (PageAt(at / Page), other.PageAt(at / Page));
            var count = (int)Math.Min(Page, Length - at);
            if (page != others && !page.AsSpan(0, count).SequenceEqual(others.AsSpan(0, count))) return false;
        }

        return true;
    }

    public void AddTo(XxHash128 hash)
    {
        for (var at = 0L; at < Length; at += Page) hash.Append(PageAt(at / Page).AsSpan(0, (int)Math.Min(Page, Length - at)));
    }

    /// <summary>Puts bytes that lie within one page; of its sectors, counted from the one they begin in, only those that landed.</summary>
    public void Put(long offset, ReadOnlySpan<byte> bytes, uint landed)
    {
        var from = (int)(offset % Page);
        if (landed == Sectors.AllOfPage && bytes.Length == Page)
        {
            Set(offset / Page, bytes.SequenceEqual(Filler) ? Filler : bytes.ToArray()); // room written ahead shares one
            return;
        }

        if (landed == 0) return;
        var page = PageAt(offset / Page).ToArray();
        for (var (at, sector) = (0, 0); at < bytes.Length; sector++)
        {
            var next = Math.Min(bytes.Length, ((from + at) / Sectors.Size + 1) * Sectors.Size - from);
            if ((landed & 1u << sector) != 0) bytes[at..next].CopyTo(page.AsSpan(from + at));
            at = next;
        }

        Set(offset / Page, page);
    }

    /// <summary>Shares a whole page.</summary>
    public void Set(long number, byte[] page)
    {
        if (number >= _pages.Length)
        {
            var old = _pages.Length;
            Array.Resize(ref _pages, Math.Max((int)number + 1, old * 2));
            Array.Fill(_pages, Zeros, old, _pages.Length - old);
        }
        else if (_isShared) _pages = [.. _pages];

        _isShared = false;
        _pages[number] = page;
    }

    /// <summary>The sectors of one page, which is shared where they are all of it.</summary>
    public byte[] SectorsOf(long first, int count) =>
        count == Page / Sectors.Size ? PageAt(first * Sectors.Size / Page) : Get(first * Sectors.Size, count * Sectors.Size);

    /// <summary>A copy of the bytes there, zeros where there are none.</summary>
    public byte[] Get(long offset, int count)
    {
        var copy = new byte[count];
        Get(offset, copy);
        return copy;
    }

    public int Read(long offset, Span<byte> into)
    {
        var count = (int)Math.Clamp(Length - offset, 0, into.Length);
        Get(offset, into[..count]);
        return count;
    }

    public void Extend(long length) => Length = Math.Max(Length, length);

    public void Cut(long length)
    {
        Length = Math.Min(Length, length);
        ForgetBeyondLength();
    }

    public Content Clone()
    {
        _isShared = true;
        return new() { _pages = _pages, _isShared = true, Length = Length };
    }

    public void ForgetBeyondLength()
    {
        var keep = (int)((Length + Page - 1) / Page);
        if (keep < _pages.Length) (_pages, _isShared) = (_pages[..keep], false);
        var rest = (int)(Length % Page);
        if (rest == 0 || keep > _pages.Length || !_pages[keep - 1].AsSpan(rest).ContainsAnyExcept((byte)0)) return;
        var page = _pages[keep - 1].ToArray();
        Array.Clear(page, rest, Page - rest);
        Set(keep - 1, page);
    }

    private byte[] PageAt(long number) => number < _pages.Length ? _pages[number] : Zeros;

    private void Get(long offset, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var from = (int)(offset % Page);
            var count = Math.Min(into.Length, Page - from);
            PageAt(offset / Page).AsSpan(from, count).CopyTo(into);
            into = into[count..];
            offset += count;
        }
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
