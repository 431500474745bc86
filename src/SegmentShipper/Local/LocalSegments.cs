using System.Collections.Concurrent;
using System.Globalization;
using DurableSink;
using DurableSink.Configuration;
using DurableSink.Segments;
using Microsoft.Extensions.Logging;
using SegmentShipper.Digests;
using SegmentShipper.Shipping;

namespace SegmentShipper.Local;

/// <summary>
/// What of a log is still on the disk, and what may go. A segment goes when its object was verified and all older ones are gone (D6, rule 11):
/// so a failure of an earlier one is never hidden by the removal of a later one. Thread-safe.
/// </summary>
/// <remarks>A listing may miss a file that is renamed while it runs, as one is by sealing. The older of two listings that do not overlap is
/// whole for all that the newer one shows to be older: so what goes, and what is told to be shipped, was in the listing before, and stands
/// behind nothing that either of them shows.</remarks>
internal sealed class LocalSegments(ShippedDirectory directory, ShippingOptions options, DigestNotes? notes, Action<DurableNotice> notify)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<Shipped> _arrived = new();
    private readonly Dictionary<SegmentName, long> _lengths = [];
    private readonly Dictionary<SegmentName, SegmentSeal?> _seals = [];
    private readonly HashSet<SegmentName> _shipped = [];
    private readonly HashSet<SegmentName> _marked = [];
    private readonly Dictionary<SegmentName, string> _refused = [];
    private readonly HashSet<SegmentName> _past = []; // set aside or dropped since the listing before
    private readonly Losses _losses = new();
    private Listing? _before;
    private long _through;
    private long _shippedCount;
    private long _dropped;
    private volatile Snapshot _snapshot = new([], 0, null, long.MaxValue, 0, 0, 0, 0, []);

    /// <summary>Looks at the directory, and returns what is to be shipped, in log order.</summary>
    public IReadOnlyList<SegmentName> Look()
    {
        lock (_gate)
        {
            directory.Restore();
            var list = directory.List();
            if (_before is null) _losses.AddEarlier(list.Aside, directory);
            _before ??= list;
            _shipped.UnionWith(list.Marked);
            _marked.UnionWith(list.Marked);
            Forget(list);
            SetRefusedAside(list);
            list = DropBeyondLimit(directory.List());
            Settle(list);
            _before = list;
            _past.Clear();
            return [.. list.Sealed.Where(IsUnshipped)];
        }
    }

    /// <summary>The segment's object was verified. Whoever comes while another one removes files leaves it to that one, or to <see cref="Settle()"/>:
    /// no upload waits for the flushes of removals.</summary>
    public void Shipped(Shipped shipped)
    {
        _arrived.Enqueue(shipped);
        if (!_gate.TryEnter()) return;
        try
        {
            Settle(directory.List());
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Does what is to be done after what was shipped so far.</summary>
    public void Settle()
    {
        lock (_gate)
        {
            if (!_arrived.IsEmpty) Settle(directory.List());
        }
    }

    /// <summary>The segment is not to be shipped: it is set aside as soon as it is not the newest, and stands in nobody's way.</summary>
    public void Refuse(SegmentName name, string why)
    {
        lock (_gate)
        {
            if (!_refused.TryAdd(name, why)) return;
            _losses.Add(name, SealOf(name)?.LastSequence, $"the segment was set aside: {why}");
            notify(new(LogLevel.Critical, "SegmentSetAside",
                $"'{name.Sealed}' in '{directory.Files.Path}' is not shipped: {why}. Nothing was overwritten. It is kept as " +
                $"'{ShippedDirectory.NameAside(name)}' (once a newer segment is sealed), and the others are shipped. See to the cause, then rename it back to " +
                $"'{name.Sealed}' to have it shipped."));
            SetRefusedAside(directory.List());
            Settle(directory.List());
        }
    }

    /// <summary>How it stood when it was last looked at. Waits for no drive.</summary>
    public Snapshot Now => _snapshot;

    /// <summary>Removes what may go, marks what stays, and counts.</summary>
    private void Settle(Listing now)
    {
        var arrived = new List<Shipped>();
        while (_arrived.TryDequeue(out var one)) arrived.Add(one);
        if (arrived.Count > 0) notes?.Add([.. arrived.Select(one => (one.Facts.Name, DigestedSegment.Of(one.Key, options.Prefix, one.Facts)))]); // before any of them goes
        foreach (var facts in arrived.Select(one => one.Facts))
        {
            _seals[facts.Name] = facts.Seal;
            _shipped.Add(facts.Name);
            _shippedCount++;
        }

        var before = _before ?? now;
        var oldestActive = before.Active.Concat(now.Active).Select(n => n.FirstSequence).DefaultIfEmpty(long.MaxValue).Min();
        var unshipped = before.Sealed.Concat(now.Sealed).Where(IsUnshipped).Select(n => n.FirstSequence).DefaultIfEmpty(long.MaxValue).Min();
        var safe = now.Sealed.TakeWhile(n => n.FirstSequence < Math.Min(oldestActive, unshipped) && _shipped.Contains(n)).Where(before.Sealed.Contains).ToList();
        if (safe is [.., var last] && SealOf(last) is { } seal) _through = Math.Max(_through, seal.LastSequence);

        var kept = now.Sealed.Where(_shipped.Contains).Sum(LengthOf);
        var gone = new HashSet<SegmentName>();
        foreach (var name in safe.TakeWhile(n => n != now.Sealed[^1] && IsToGo(n, kept)))
        {
            directory.Remove(name, _marked.Contains(name));
            kept -= LengthOf(name);
            gone.Add(name);
        }

        var left = now.Sealed.Where(n => !gone.Contains(n)).ToList();
        var unmarked = left.Where(n => _shipped.Contains(n) && !_marked.Contains(n)).ToList();
        directory.Mark(unmarked);
        _marked.UnionWith(unmarked);
        var waiting = left.Where(IsUnshipped).ToList();
        _snapshot = new(waiting, waiting.Sum(LengthOf), waiting is [var oldest, ..] ? SealOf(oldest)?.Time : null, oldestActive,
            _through, _shippedCount, now.Aside.Count + _refused.Count, _dropped, _losses.ToArray());
    }

    private bool IsUnshipped(SegmentName name) => !_shipped.Contains(name) && !_refused.ContainsKey(name) && !_past.Contains(name);

    private bool IsToGo(SegmentName name, long kept)
    {
        if (options is { KeepBytes: null, KeepAge: null }) return true;
        return kept > options.KeepBytes || (options.KeepAge is { } age && SealOf(name)?.Time + age <= options.TimeProvider.GetUtcNow());
    }

    /// <summary>The newest segment stays where it is: the log goes on from it.</summary>
    private void SetRefusedAside(Listing list)
    {
        foreach (var name in list.Sealed.SkipLast(1).Where(_refused.ContainsKey))
        {
            directory.SetAside(name);
            _past.Add(name);
            _refused.Remove(name);
        }
    }

    /// <summary>Loudly, and in order too: what was shipped and kept goes before it.</summary>
    private Listing DropBeyondLimit(Listing list)
    {
        if (options.MaxUnshippedBytes is not { } most || options.WhenUnshippedFull != UnshippedFullMode.DropOldest) return list;
        var waiting = list.Sealed.Where(IsUnshipped).Sum(LengthOf);
        var isAny = false;
        foreach (var name in list.Sealed.SkipLast(1))
        {
            if (waiting <= most || list.Active.Any(active => active.FirstSequence <= name.FirstSequence)) break;
            var (isUnshipped, length, seal) = (IsUnshipped(name), LengthOf(name), SealOf(name));
            directory.Remove(name, _marked.Contains(name));
            isAny = true;
            if (!isUnshipped) continue;
            waiting -= length;
            _past.Add(name);
            _dropped++;
            _losses.Add(name, seal?.LastSequence, "the segment was removed before it was shipped (MaxUnshippedBytes)");
            notify(new(LogLevel.Critical, "SegmentDropped", string.Create(CultureInfo.InvariantCulture,
                $"'{name.Sealed}' in '{directory.Files.Path}' was removed without having been shipped: its {seal?.Count} events, {name.FirstSequence} to {seal?.LastSequence}, are lost. ") +
                $"More than MaxUnshippedBytes ({SizeText.Show(most)}) waited to be shipped. See to why shipping does not get on."));
        }

        return isAny ? directory.List() : list;
    }

    /// <summary>Each is asked for once: a sealed file never changes.</summary>
    private long LengthOf(SegmentName name)
    {
        if (!_lengths.TryGetValue(name, out var length)) _lengths[name] = length = directory.LengthOf(name);
        return length;
    }

    private SegmentSeal? SealOf(SegmentName name)
    {
        if (!_seals.TryGetValue(name, out var seal)) _seals[name] = seal = directory.SealOf(name.Sealed);
        return seal;
    }

    /// <summary>What is gone is forgotten (D9).</summary>
    private void Forget(Listing list)
    {
        var there = list.Sealed.ToHashSet();
        _shipped.IntersectWith(there);
        _marked.IntersectWith(there);
        foreach (var gone in _lengths.Keys.Where(n => !there.Contains(n)).ToList()) _lengths.Remove(gone);
        foreach (var gone in _seals.Keys.Where(n => !there.Contains(n)).ToList()) _seals.Remove(gone);
        foreach (var gone in _refused.Keys.Where(n => !there.Contains(n)).ToList()) _refused.Remove(gone);
    }
}
