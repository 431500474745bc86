using System.IO.Hashing;
using System.Numerics;
using System.Text;

namespace DurableSink.Tests.Storage;

/// <summary>What survives a power cut of what was not flushed.</summary>
internal enum CutMode
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The first so many sectors, lengths and names, in the order they were written.</summary>
    Prefix,

    /// <summary>Any of them, each for itself.</summary>
    Random,

    /// <summary>Everything.</summary>
    All,
}

/// <summary>
/// What a simulated drive holds: for each file and directory what is seen now and what would be there after a cut, and between the two
/// the changes not flushed yet, in order. Not thread-safe: the drive locks.
/// </summary>
internal sealed class DriveState
{
    private readonly List<Change> _pending = [];
    private readonly List<Inode> _open = [];
    private long _order;

    public Dictionary<string, Names> Directories { get; } = new(StringComparer.Ordinal);

    /// <summary>Everything changed so far has an order up to this.</summary>
    public long Mark => _order;

    public long UsedBytes => Directories.Values.SelectMany(names => names.Present.Values).Concat(_open).Distinct().Sum(inode => inode.Room);

    /// <summary>Names, and what stands in their files; two names of one file are not two files.</summary>
    public void AddTo(XxHash128 hash)
    {
        var files = new Dictionary<Inode, int>();
        foreach (var (path, names) in Directories.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            hash.Append(Encoding.UTF8.GetBytes($"{path}/\n"));
            foreach (var (name, inode) in names.Present.OrderBy(n => n.Key, StringComparer.Ordinal))
            {
                var known = files.TryGetValue(inode, out var number);
                if (!known) files[inode] = number = files.Count;
                hash.Append(Encoding.UTF8.GetBytes($"{name} {number} {inode.Present.Length} {inode.Reserved}\n"));
                if (!known) inode.Present.AddTo(hash);
            }
        }
    }

    public void Opened(Inode inode) => _open.Add(inode);

    public void Closed(Inode inode) => _open.Remove(inode);

    /// <summary>Writes the sectors that <paramref name="lands"/> picks (by number from the write's first), or all of them.</summary>
    public IReadOnlyList<Change> Write(Inode inode, long offset, ReadOnlySpan<byte> bytes, bool direct, Func<int, bool>? lands = null)
    {
        var made = new List<Change>();
        var first = offset / Sectors.Size;
        var (at, end) = (offset, 0L);
        while (!bytes.IsEmpty)
        {
            var count = (int)Math.Min(bytes.Length, Content.Page - at % Content.Page);
            var (from, to) = (at / Sectors.Size, (at + count - 1) / Sectors.Size + 1);
            var landed = 0u;
            for (var sector = from; sector < to; sector++)
                if (lands?.Invoke((int)(sector - first)) ?? true) landed |= 1u << (int)(sector - from);
            inode.Present.Put(at, bytes[..count], landed);
            var endOfLast = landed == 0 ? 0 : (from + BitOperations.Log2(landed) + 1) * Sectors.Size;
            end = Math.Max(end, Math.Min(at + count, endOfLast));
            made.Add(Add(new DataChange(inode, from, inode.Present.SectorsOf(from, (int)(to - from)), landed, direct)));
            bytes = bytes[count..];
            at += count;
        }

        if (end > inode.Present.Length)
        {
            inode.Present.Extend(end);
            made.Add(Add(new LengthChange(inode, end, isCut: false)));
        }
        return made;
    }

    public void Truncate(Inode inode, long length)
    {
        inode.Present.Cut(length);
        inode.Reserved = 0;
        Add(new LengthChange(inode, length, isCut: true));
    }

    public void ChangeName(Names names, string? from, string? to, Inode inode)
    {
        if (from is not null) names.Present.Remove(from);
        if (to is not null) names.Present[to] = inode;
        Add(new NameChange(names, from, to, inode));
    }

    /// <summary>fdatasync: data, and the lengths that reaching it needs. A cut after the last write is not among them.</summary>
    public void FlushData(Inode inode, long mark, bool driveWide)
    {
        var last = _pending.LastOrDefault(c => c.Inode == inode && c.Order <= mark && c is DataChange or LengthChange { IsCut: false });
        if (last is not null) Harden(c => c.Inode == inode && c is not NameChange && c.Order <= last.Order);
        if (driveWide) FlushDriveCache(mark);
    }

    /// <summary>fsync of a file.</summary>
    public void FlushAll(Inode inode, long mark, bool driveWide)
    {
        Harden(c => c.Inode == inode && c is not NameChange && c.Order <= mark);
        if (driveWide) FlushDriveCache(mark);
    }

    /// <summary>fsync of a directory.</summary>
    public void FlushNames(Names names, long mark, bool driveWide)
    {
        Harden(c => c is NameChange n && n.Names == names && c.Order <= mark);
        if (driveWide) FlushDriveCache(mark);
    }

    /// <summary>
    /// A write with forced unit access: it alone, and the lengths on the way to it. What older writes left for its sectors is void.
    /// </summary>
    public void HardenOnly(Inode inode, IReadOnlyList<Change> written)
    {
        Harden(c => c.Inode == inode && c is LengthChange);
        foreach (var data in written.OfType<DataChange>())
        {
            foreach (var older in _pending.OfType<DataChange>().Where(c => c.Inode == inode && c.Order < data.Order)) older.Forget(data);
        }
        Harden(written.Contains);
    }

    /// <summary>Drops all data not flushed, as after a flush that failed (fsyncgate). Lengths and names stay pending.</summary>
    public void LoseData(bool readsStillShowIt)
    {
        var losers = _pending.OfType<DataChange>().Select(c => c.Inode).ToHashSet();
        _pending.RemoveAll(c => c is DataChange);
        if (readsStillShowIt) return;
        foreach (var inode in losers) ReadFromDrive(inode);
    }

    /// <summary>Lets a file be seen as the drive has it, with what is still to come.</summary>
    public void ReadFromDrive(Inode inode)
    {
        var content = inode.Durable.Clone();
        foreach (var change in _pending.Where(c => c.Inode == inode)) change.ApplyTo(content, static () => true);
        inode.Present = content;
    }

    public DriveState Clone()
    {
        var copy = new DriveState { _order = _order };
        var copies = new Dictionary<object, object>();
        foreach (var (path, names) in Directories) copy.Directories[path] = names.Clone(CopyOf, copies);
        foreach (var change in _pending)
        {
            // What was done in a directory that somebody removed is gone with it.
            if (change is not NameChange { Names: var names } || copies.ContainsKey(names)) copy._pending.Add(change.Clone(CopyOf, copies));
        }

        return copy;

        Inode CopyOf(Inode inode)
        {
            if (!copies.TryGetValue(inode, out var known)) copies[inode] = known = inode.Clone();
            return (Inode)known;
        }
    }

    /// <summary>Cuts the power: what of the pending changes survives becomes what is there, the rest never happened.</summary>
    public void Cut(CutMode mode, Random random)
    {
        var left = mode == CutMode.Prefix ? random.Next(_pending.Sum(c => c.Units) + 1) : 0;
        var chance = random.NextDouble(); // so that some cuts lose nearly everything, some nearly nothing
        foreach (var change in _pending)
        {
            change.Apply(() => mode switch
            {
                CutMode.None => false,
                CutMode.Prefix => left-- > 0,
                CutMode.Random => random.NextDouble() < chance,
                _ => true,
            });
        }
        _pending.Clear();
        foreach (var names in Directories.Values) names.StartOver();
    }

    private T Add<T>(T change) where T : Change
    {
        change.Order = ++_order;
        _pending.Add(change);
        return change;
    }

    private void Harden(Func<Change, bool> which)
    {
        foreach (var change in _pending)
        {
            if (!which(change)) continue;
            change.Apply(static () => true);
            if (change is not LengthChange { IsCut: true }) continue;
            // Older data beyond the cut must not come back from behind it.
            foreach (var older in _pending.OfType<DataChange>().Where(c => c.Inode == change.Inode && c.Order < change.Order))
                older.Cut(((LengthChange)change).Length);
        }
        _pending.RemoveAll(c => which(c));
    }

    // The drive's own cache holds what was written directly; what is in the page cache, lengths and names never reached it.
    private void FlushDriveCache(long mark)
    {
        var cut = _pending.OfType<LengthChange>().Where(c => c.IsCut).Select(c => c.Inode).ToHashSet();
        Harden(c => c is DataChange { Direct: true } && c.Order <= mark && !cut.Contains(c.Inode));
    }
}
