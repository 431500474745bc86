using System.Globalization;
using DurableSink.Storage;
using Microsoft.Extensions.Logging;

namespace DurableSink.Segments;

/// <summary>
/// The thread behind the commits: prepares the next segment's spare, writes room ahead, seals what was ended, in log order, and, when
/// nothing of that is to be done, removes what is not to be kept.
/// It shares the drive gate with the commits, a short step at a time, so that a roll does not show in their latency.
/// </summary>
internal sealed class SegmentKeeper
{
    private const int MaxRetired = 16;
    private static readonly TimeSpan SealRetry = TimeSpan.FromSeconds(1);

    private readonly ILogDirectory _directory;
    private readonly DriveGate _gate;
    private readonly SealedChain _chain;
    private readonly SegmentSealer _sealer;
    private readonly SegmentRoom _room;
    private readonly SpareShelf _shelf;
    private readonly SegmentRetention _retention;
    private readonly KeyFiles _keyFiles;
    private readonly string _logName;
    private readonly string _logId;
    private readonly TimeProvider _time;
    private readonly Action<DurableNotice> _notify;
    private readonly object _lock = new();
    private readonly Queue<Retired> _retired = new();
    private readonly Thread _thread;
    private bool _wantsSpare = true;
    private ActiveSegment? _wantsRoom;
    private long _sealed;
    private Retired? _sealing; // waits for room on the drive; the others wait behind it
    private NoRoomException? _sealFailure;
    private bool _isStopping;

    public SegmentKeeper(
        ILogDirectory directory, DriveGate gate, SealedChain chain, SegmentRoom room, SpareShelf shelf, SegmentRetention retention,
        KeyFiles keyFiles, LogIdentity identity, long sealedSegments, TailBlockMode tailBlock, TimeProvider time, Action<DurableNotice> notify)
    {
        _directory = directory;
        _gate = gate;
        _chain = chain;
        _sealer = new SegmentSealer(directory, chain, gate, tailBlock, time);
        _room = room;
        _shelf = shelf;
        _retention = retention;
        _keyFiles = keyFiles;
        _sealed = sealedSegments;
        _logName = identity.LogName;
        _logId = identity.LogId;
        _time = time;
        _notify = notify;
        _thread = new Thread(Run) { IsBackground = true, Name = $"DurableSink keeper {_logName}" };
    }

    public void Start() => _thread.UnsafeStart();

    /// <summary>Segments that wait to be sealed, and that are.</summary>
    public (long Waiting, long Sealed) Count
    {
        get
        {
            lock (_lock) return (_retired.Count + (_sealing == null ? 0 : 1), Volatile.Read(ref _sealed) - _retention.RemovedSegments);
        }
    }

    /// <summary>A segment waits for room on the drive to be sealed.</summary>
    public bool WaitsForRoom
    {
        get
        {
            lock (_lock) return _sealFailure != null;
        }
    }

    /// <summary>A shipper of this process has removed a sealed segment.</summary>
    public void RemovedElsewhere() => _retention.RemovedElsewhere();

    /// <summary>The next segment's file: prepared before, or made now.</summary>
    public Spare TakeSpare()
    {
        var spare = _shelf.Take();
        using (Uninterrupted.Lock(_lock))
        {
            _wantsSpare = true;
            Monitor.PulseAll(_lock);
        }

        return spare;
    }

    public void Discard(Spare spare) => _shelf.Discard(spare);

    /// <summary>Gives the room back that was kept for a full drive. False where there is none.</summary>
    public bool ReleaseReserve() => _shelf.ReleaseReserve();

    /// <summary>A segment gets no more events: it is to be sealed. Waits while too many wait to be (D9).</summary>
    /// <exception cref="NoRoomException">Too many wait, for room on the drive.</exception>
    public void Retire(ActiveSegment segment)
    {
        using (Uninterrupted.Lock(_lock))
        {
            while (_retired.Count >= MaxRetired && !_isStopping)
            {
                if (_sealFailure is { } failure) throw failure;
                Uninterrupted.Wait(_lock);
            }

            Enqueue(new(segment, long.MaxValue));
        }
    }

    /// <summary>Events above <paramref name="limit"/> of a poisoned segment are durable in a later one: what is below is to be salvaged.</summary>
    public void RetirePoisoned(ActiveSegment segment, long limit)
    {
        using (Uninterrupted.Lock(_lock)) Enqueue(new(segment, limit));
    }

    public void AskForRoom(ActiveSegment segment)
    {
        if (segment.WantsRoom || !_room.IsShort(segment)) return;
        segment.WantsRoom = true;
        using (Uninterrupted.Lock(_lock))
        {
            _wantsRoom = segment;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Finishes what was retired and ends the thread. False when <paramref name="timeout"/> was over before.</summary>
    public bool Stop(TimeSpan timeout)
    {
        lock (_lock)
        {
            _isStopping = true;
            Monitor.PulseAll(_lock);
        }

        return _thread.Join(timeout);
    }

    private void Enqueue(Retired retired)
    {
        _retired.Enqueue(retired);
        Monitor.PulseAll(_lock);
    }

    private void Run()
    {
        while (Next() is { } work) Do(work);
        Do(_shelf.Clear); // not on the closer's thread: the drive may hang, and closing has a bound (D9)
    }

    private void Do(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) // the keeper outlives every failure; each is told of once, where it happened
        {
            _notify(new(LogLevel.Error, "KeeperFailed", $"Work on the segments of log '{_logName}' failed: {e.Message}", e));
        }

        lock (_lock)
        {
            Monitor.PulseAll(_lock);
        }
    }

    private Action? Next()
    {
        lock (_lock)
        {
            while (true)
            {
                if (_wantsSpare && !_isStopping)
                {
                    _wantsSpare = false;
                    return _shelf.Prepare;
                }

                if (_wantsRoom is { } segment && !_isStopping)
                {
                    _wantsRoom = null;
                    return () => ExtendRoom(segment);
                }

                if (_sealing is { } waiting)
                {
                    // A stopping log tries once more: the last events may just have made it, and the reserve with them.
                    if (!_isStopping && Monitor.Wait(_lock, SealRetry)) continue; // something else is to be done first
                    return () => Seal(waiting);
                }

                if (_retired.TryDequeue(out var retired)) return () => Seal(retired);
                if (_isStopping) return null;
                var wait = _retention.DueIn();
                if (wait == TimeSpan.Zero) return _retention.Step;
                Monitor.Wait(_lock, wait);
            }
        }
    }

    private void ExtendRoom(ActiveSegment segment)
    {
        try
        {
            // Else WantsRoom stays set: not tried again for this segment, whose commits grow the file themselves.
            if (_room.Extend(segment)) segment.WantsRoom = false;
        }
        catch (DurableIOException e)
        {
            _notify(new(LogLevel.Warning, "PreallocationFailed", $"No room could be written ahead: {e.Message}", e));
        }
    }

    private void Seal(Retired retired)
    {
        var plan = retired.Segment.Plan;
        try
        {
            _shelf.EnsureDirectory();
            SealOrSalvage(retired);
            plan.Sealed.TrySetResult();
            Interlocked.Increment(ref _sealed);
            _retention.AfterSeal();
            _keyFiles.AfterSeal();
        }
        catch (DurableIOException e) when (e.IsNoRoom && !IsGivingUp())
        {
            if (_sealFailure == null)
                _notify(new(LogLevel.Error, "SealWaits", $"The segment '{plan.Name.Active}' waits to be sealed until there is room: {e.Message}", e));
            lock (_lock) (_sealing, _sealFailure) = (retired, new NoRoomException(e));
            plan.Sealed.TrySetException(e);
            return;
        }
        catch (Exception e)
        {
            // Left as .active, every event in it durable: the next opening deals with it (rule 9).
            _chain.Break($"'{plan.Name.Active}' could not be sealed");
            _notify(new(LogLevel.Error, "SealFailed", $"The segment '{plan.Name.Active}' could not be sealed; the next opening of the log will. {e.Message}", e));
            plan.Sealed.TrySetException(e);
        }

        lock (_lock) (_sealing, _sealFailure) = (null, null);
        retired.Segment.File.Dispose();
    }

    private bool IsGivingUp()
    {
        lock (_lock) return _isStopping;
    }

    private void SealOrSalvage(Retired retired)
    {
        var (segment, limit) = retired;
        var name = segment.Plan.Name;
        var isLinked = segment.File.IsLinked;
        if (!isLinked) limit = Math.Min(limit, segment.Plan.LastSequence); // removed by somebody: we still have it open
        using var scan = SegmentScanner.Scan(segment.File, limit);
        if (limit != long.MaxValue) SalvageUpTo(limit, segment, scan, isLinked);
        else if (scan.Hole != null || scan.LastSequence != segment.Plan.LastSequence) throw Damaged(segment, scan);
        else if (scan.Seal != null) _sealer.Finish(segment.File, name, scan, scan.SealEnd); // of an attempt before
        else _sealer.Seal(segment.File, name, scan);
    }

    private void SalvageUpTo(long limit, ActiveSegment segment, SegmentScan scan, bool isLinked)
    {
        // Never written in place again: whatever failed on it may fail once more, over acknowledged bytes.
        var name = segment.Plan.Name;
        if (scan.LastSequence < limit && limit >= name.FirstSequence) throw Damaged(segment, scan);
        if (Salvage.Find(_directory, new SegmentList(_directory).Sealed, name) is var (salvaged, _))
        {
            // An attempt before came this far, and found no room for a name.
            _gate.Run(_directory.Path, _directory.Flush);
            _chain.StartFrom(salvaged.Sealed);
        }
        else
        {
            new Salvage(_directory, _chain, _gate, _time).Run(segment.File, name, scan.Header, scan, _logId, name.FirstSequence, limit, limit);
        }

        if (!isLinked) return;
        _gate.Run(segment.File.Path, () =>
        {
            _directory.Rename(name.Active, name.Damaged);
            _directory.Flush();
        });
    }

    private static DurableLogException Damaged(ActiveSegment segment, SegmentScan scan) => new(string.Create(CultureInfo.InvariantCulture,
        $"'{segment.File.Path}' does not read back as it was written: event {scan.LastSequence + 1} was to stand at offset {scan.ValidEnd} ({scan.Hole?.What ?? "nothing is there"})."));

    private sealed record Retired(ActiveSegment Segment, long Limit);
}
