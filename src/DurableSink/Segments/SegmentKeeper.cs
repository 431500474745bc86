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
    private const int NoSpace = 28; // ENOSPC
    private const int NoQuota = 122; // EDQUOT

    private readonly ILogDirectory _directory;
    private readonly DriveGate _gate;
    private readonly SealedChain _chain;
    private readonly SegmentSealer _sealer;
    private readonly SegmentRoom _room;
    private readonly SegmentRetention _retention;
    private readonly string _logName;
    private readonly string _logId;
    private readonly TimeProvider _time;
    private readonly Action<DurableNotice> _notify;
    private readonly object _lock = new();
    private readonly Queue<Retired> _retired = new();
    private readonly Thread _thread;
    private Spare? _spare;
    private bool _wantsSpare = true;
    private ActiveSegment? _wantsRoom;
    private bool _isStopping;

    public SegmentKeeper(
        ILogDirectory directory, DriveGate gate, SealedChain chain, SegmentRoom room, SegmentRetention retention, LogIdentity identity,
        TimeProvider time, Action<DurableNotice> notify)
    {
        _directory = directory;
        _gate = gate;
        _chain = chain;
        _sealer = new SegmentSealer(directory, chain, gate, time);
        _room = room;
        _retention = retention;
        _logName = identity.LogName;
        _logId = identity.LogId;
        _time = time;
        _notify = notify;
        _thread = new Thread(Run) { IsBackground = true, Name = $"DurableSink keeper {_logName}" };
    }

    /// <summary>
    /// Makes the first spare, before the thread runs: a directory that cannot be written fails here. A full drive does not keep a log
    /// that has sealed segments from opening: it goes on when there is room. Tells whether files are direct.
    /// </summary>
    public bool PrepareFirst(string? sealedFile)
    {
        _wantsSpare = false;
        try
        {
            _spare = NewSpare(prepare: true);
        }
        catch (DurableIOException)
        {
            try
            {
                _spare = NewSpare(prepare: false); // without room ahead
            }
            catch (DurableIOException e) when (e.Errno is NoSpace or NoQuota && sealedFile != null)
            {
                NotifySpareFailed(e);
                using var known = _directory.Open(sealedFile, Access.Segment, write: false);
                return known.IsDirect;
            }
        }

        return _spare.File.IsDirect;
    }

    public void Start() => _thread.UnsafeStart();

    /// <summary>The next segment's file: prepared before, or made now.</summary>
    public Spare TakeSpare()
    {
        lock (_lock)
        {
            var spare = _spare;
            _spare = null;
            _wantsSpare = true;
            Monitor.Pulse(_lock);
            if (spare != null) return spare;
        }

        return NewSpare(prepare: false);
    }

    /// <summary>A segment gets no more events: it is to be sealed. Waits while too many wait to be (D9).</summary>
    public void Retire(ActiveSegment segment) => Enqueue(new(segment, long.MaxValue));

    /// <summary>Events above <paramref name="limit"/> of a poisoned segment are durable in a later one: what is below is to be salvaged.</summary>
    public void RetirePoisoned(ActiveSegment segment, long limit) => Enqueue(new(segment, limit));

    public void AskForRoom(ActiveSegment segment)
    {
        if (segment.WantsRoom || !_room.IsShort(segment)) return;
        segment.WantsRoom = true;
        lock (_lock)
        {
            _wantsRoom = segment;
            Monitor.Pulse(_lock);
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

        if (!_thread.Join(timeout)) return false;
        if (_spare is { } spare) Discard(spare.File, spare.Name);
        return true;
    }

    public void Discard(ILogFile file, string name)
    {
        try
        {
            file.Dispose();
            _directory.Delete(name);
        }
        catch (DurableIOException)
        {
            // A spare that stays is deleted by the next opening.
        }
    }

    private void Enqueue(Retired retired)
    {
        lock (_lock)
        {
            while (_retired.Count >= MaxRetired && !_isStopping) Monitor.Wait(_lock);
            _retired.Enqueue(retired);
            Monitor.PulseAll(_lock);
        }
    }

    private void Run()
    {
        while (Next() is { } work)
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
                    return PrepareSpare;
                }

                if (_wantsRoom is { } segment && !_isStopping)
                {
                    _wantsRoom = null;
                    return () => ExtendRoom(segment);
                }

                if (_retired.TryDequeue(out var retired)) return () => Seal(retired);
                if (_isStopping) return null;
                var wait = _retention.DueIn();
                if (wait == TimeSpan.Zero) return _retention.Step;
                Monitor.Wait(_lock, wait);
            }
        }
    }

    private void PrepareSpare()
    {
        Spare spare;
        try
        {
            spare = NewSpare(prepare: true);
        }
        catch (DurableIOException e)
        {
            // The next segment is made when it is needed, or fails there, where callers are told.
            NotifySpareFailed(e);
            return;
        }

        lock (_lock)
        {
            if (_spare == null && !_wantsSpare)
            {
                _spare = spare;
                return;
            }

            // Taken in the meantime; this one is as good for the next.
            if (_spare == null)
            {
                _spare = spare;
                _wantsSpare = false;
                return;
            }
        }

        Discard(spare.File, spare.Name);
    }

    private Spare NewSpare(bool prepare)
    {
        var name = SegmentName.NewSpare(_logName);
        var file = _directory.Create(name, Access.Segment);
        if (!prepare) return new(file, name, 0);
        try
        {
            var room = 0L;
            _gate.Run(() => room = _room.Prepare(file));
            return new(file, name, room);
        }
        catch (DurableIOException)
        {
            Discard(file, name); // rule 1: a spare whose preparation failed is discarded
            throw;
        }
    }

    private void NotifySpareFailed(DurableIOException e) =>
        _notify(new(LogLevel.Warning, "SpareFailed", $"The next segment could not be prepared: {e.Message}", e));

    private void ExtendRoom(ActiveSegment segment)
    {
        try
        {
            _room.Extend(segment);
            segment.WantsRoom = false;
        }
        catch (DurableIOException e)
        {
            // WantsRoom stays set: not tried again for this segment, whose commits grow the file themselves.
            _notify(new(LogLevel.Warning, "PreallocationFailed", $"No room could be written ahead: {e.Message}", e));
        }
    }

    private void Seal(Retired retired)
    {
        var (segment, limit) = retired;
        var name = segment.Plan.Name;
        try
        {
            using (segment.File)
            {
                using var scan = SegmentScanner.Scan(segment.File, limit);
                if (limit != long.MaxValue) SalvagePoisoned(segment, scan, limit);
                else if (scan.Hole != null || scan.LastSequence != segment.Plan.LastSequence) throw Damaged(segment, scan);
                else _sealer.Seal(segment.File, name.Active, scan);
            }

            segment.Plan.Sealed.TrySetResult();
            _retention.AfterSeal();
        }
        catch (DurableLogException e)
        {
            // Left as .active, every event in it durable: the next opening deals with it (rule 9).
            _chain.Break($"'{name.Active}' could not be sealed");
            _notify(new(LogLevel.Error, "SealFailed", $"The segment '{name.Active}' could not be sealed; the next opening of the log will. {e.Message}", e));
            segment.Plan.Sealed.TrySetException(e);
        }
    }

    private void SalvagePoisoned(ActiveSegment segment, SegmentScan scan, long limit)
    {
        // Never written in place again: whatever failed on it may fail once more, over acknowledged bytes.
        var name = segment.Plan.Name;
        if (scan.LastSequence < limit && limit >= name.FirstSequence) throw Damaged(segment, scan);
        new Salvage(_directory, _chain, _gate, _time).Run(segment.File, name, scan.Header, scan, _logId, name.FirstSequence, limit, limit);
        _gate.Run(() =>
        {
            _directory.Rename(name.Active, name.Damaged);
            _directory.Flush();
        });
    }

    private static DurableLogException Damaged(ActiveSegment segment, SegmentScan scan) => new(string.Create(CultureInfo.InvariantCulture,
        $"'{segment.File.Path}' does not read back as it was written: event {scan.LastSequence + 1} was to stand at offset {scan.ValidEnd} ({scan.Hole?.What ?? "nothing is there"})."));

    private readonly record struct Retired(ActiveSegment Segment, long Limit);
}

/// <summary>The next segment's file, without a header yet.</summary>
internal sealed record Spare(ILogFile File, string Name, long Room);
