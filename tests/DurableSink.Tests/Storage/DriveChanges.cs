using System.Numerics;

namespace DurableSink.Tests.Storage;

/// <summary>Something done to the drive that a power cut may still undo.</summary>
internal abstract class Change(Inode inode)
{
    public Inode Inode { get; } = inode;

    public long Order { get; set; }

    /// <summary>How many parts of it survive or are lost each for itself.</summary>
    public virtual int Units => 1;

    /// <summary>Makes durable the parts that survive.</summary>
    public virtual void Apply(Func<bool> survives) => ApplyTo(Inode.Durable, survives);

    /// <summary>Does to a file's content what the change does to its file.</summary>
    public abstract void ApplyTo(Content content, Func<bool> survives);

    public abstract Change Clone(Func<Inode, Inode> copyOf, Dictionary<object, object> copies);
}

/// <summary>Sectors written, of one page at most; each is written whole or not at all.</summary>
internal sealed class DataChange(Inode inode, long firstSector, byte[] bytes, uint landed, bool direct) : Change(inode)
{
    private readonly long _firstSector = firstSector;
    private readonly int _count = bytes.Length / Sectors.Size;
    private byte[] _bytes = bytes; // may be shared
    private uint _landed = landed; // a bit for each sector

    /// <summary>Whether it went past the page cache, into the drive's own.</summary>
    public bool Direct => direct;

    public override int Units => BitOperations.PopCount(_landed);

    public override void ApplyTo(Content content, Func<bool> survives)
    {
        var left = 0u;
        for (var i = 0; i < _count; i++)
            if (Has(i) && survives()) left |= 1u << i;
        if (left == Sectors.AllOfPage) content.Set(OffsetOf(0) / Content.Page, _bytes);
        else content.Put(OffsetOf(0), _bytes, left);
    }

    public override Change Clone(Func<Inode, Inode> copyOf, Dictionary<object, object> copies) =>
        new DataChange(copyOf(Inode), _firstSector, _bytes, _landed, direct) { Order = Order };

    /// <summary>Forgets the sectors that a newer write holds.</summary>
    public void Forget(DataChange newer)
    {
        for (var i = 0; i < _count; i++)
        {
            var there = _firstSector + i - newer._firstSector;
            if (there >= 0 && there < newer._count && newer.Has((int)there)) _landed &= ~(1u << i);
        }
    }

    /// <summary>Forgets what lies beyond the length that a file was cut to.</summary>
    public void Cut(long length)
    {
        for (var i = 0; i < _count; i++)
        {
            if (OffsetOf(i) >= length)
            {
                _landed &= ~(1u << i);
            }
            else if (OffsetOf(i + 1) > length)
            {
                _bytes = [.. _bytes];
                _bytes.AsSpan(i * Sectors.Size, Sectors.Size)[(int)(length - OffsetOf(i))..].Clear();
            }
        }
    }

    private bool Has(int i) => (_landed & 1u << i) != 0;

    private long OffsetOf(int i) => (_firstSector + i) * Sectors.Size;
}

/// <summary>A file's length moved: by a write beyond its end, or by a cut.</summary>
internal sealed class LengthChange(Inode inode, long length, bool isCut) : Change(inode)
{
    public long Length => length;
    public bool IsCut => isCut;

    public override void ApplyTo(Content content, Func<bool> survives)
    {
        if (!survives()) return;
        if (isCut) content.Cut(length);
        else content.Extend(length);
    }

    public override Change Clone(Func<Inode, Inode> copyOf, Dictionary<object, object> copies) =>
        new LengthChange(copyOf(Inode), length, isCut) { Order = Order };
}

/// <summary>A name made (from none), removed (to none) or changed.</summary>
internal sealed class NameChange(Names names, string? from, string? to, Inode inode) : Change(inode)
{
    public Names Names => names;

    public override void Apply(Func<bool> survives)
    {
        if (!survives()) return;
        if (from is not null && names.Durable.GetValueOrDefault(from) == Inode) names.Durable.Remove(from);
        if (to is not null) names.Durable[to] = Inode;
    }

    public override void ApplyTo(Content content, Func<bool> survives) { }

    public override Change Clone(Func<Inode, Inode> copyOf, Dictionary<object, object> copies) =>
        new NameChange((Names)copies[names], from, to, copyOf(Inode)) { Order = Order };
}
