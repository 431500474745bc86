using DurableSink.Storage;
using Microsoft.Extensions.Logging;

namespace DurableSink.Segments;

/// <summary>
/// Makes the files that segments begin as, one of them ahead of time, and keeps the drive's reserve. Prepared by the keeper, taken by
/// the committer.
/// </summary>
internal sealed class SpareShelf(
    ILogDirectory directory, DriveGate gate, SegmentRoom room, string logName, Func<bool> restoreDirectory, Action<DurableNotice> notify)
{
    private readonly object _lock = new();
    private readonly DriveReserve _reserve = new(directory, gate, logName);
    private Spare? _spare;
    private bool _isFailing;

    /// <summary>
    /// Makes the first spare: a directory that cannot be written fails here. A full drive does not keep a log that has sealed segments
    /// from opening: it goes on when there is room. Tells whether files are direct.
    /// </summary>
    public bool PrepareFirst(string? sealedFile)
    {
        try
        {
            _spare = Make(prepare: true);
        }
        catch (DurableIOException)
        {
            try
            {
                _spare = Make(prepare: false); // without room ahead
            }
            catch (DurableIOException e) when (e.IsNoRoom && sealedFile != null)
            {
                NotifyFailed(e);
                using var known = directory.Open(sealedFile, Access.Segment, write: false);
                return known.IsDirect;
            }
        }

        return _spare.File.IsDirect;
    }

    /// <summary>The next segment's file: prepared before, or made now.</summary>
    public Spare Take()
    {
        EnsureDirectory();
        using (Uninterrupted.Lock(_lock))
        {
            if (_spare is { } spare)
            {
                _spare = null;
                return spare;
            }
        }

        return Make(prepare: false);
    }

    /// <summary>Makes the next spare, and the reserve, where they are missing. A failure shows where the spare is needed, and callers are told.</summary>
    public void Prepare()
    {
        try
        {
            lock (_lock) _reserve.Take();
            EnsureDirectory();
            if (_spare != null) return;
            var spare = Make(prepare: true);
            lock (_lock) (_spare, spare) = (spare, _spare!);
            if (spare != null) Discard(spare);
            _isFailing = false;
        }
        catch (DurableLogException e)
        {
            NotifyFailed(e);
        }
    }

    /// <summary>Somebody may have removed the directory: it is made anew, and what was made in the old one is of no use.</summary>
    /// <exception cref="DurableLogException">It cannot be made anew, or is not ours.</exception>
    public void EnsureDirectory()
    {
        if (!restoreDirectory()) return;
        lock (_lock)
        {
            _spare?.File.Dispose();
            _spare = null;
            _reserve.Drop();
        }
    }

    /// <summary>Gives the reserve's room back to the drive. False where there is none.</summary>
    public bool ReleaseReserve()
    {
        using (Uninterrupted.Lock(_lock)) return _reserve.Release();
    }

    public void Discard(Spare spare)
    {
        try
        {
            spare.File.Dispose();
            directory.Delete(spare.Name);
        }
        catch (DurableIOException)
        {
            // A spare that stays is deleted by the next opening.
        }
    }

    /// <summary>Removes what it holds.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_spare is { } spare) Discard(spare);
            _spare = null;
            _reserve.Drop();
        }
    }

    private Spare Make(bool prepare)
    {
        var name = SegmentName.NewSpare(logName);
        var spare = new Spare(directory.Create(name, Access.Segment), name, 0);
        if (!prepare) return spare;
        try
        {
            var prepared = 0L;
            gate.Run(spare.File.Path, () => prepared = room.Prepare(spare.File));
            return spare with { Room = prepared };
        }
        catch (DurableIOException)
        {
            Discard(spare); // rule 1: a spare whose preparation failed is discarded
            throw;
        }
    }

    private void NotifyFailed(DurableLogException e)
    {
        if (_isFailing) return; // once, until it succeeds
        _isFailing = true;
        notify(new(LogLevel.Warning, "SpareFailed", $"The next segment could not be prepared: {e.Message}", e));
    }
}

/// <summary>The next segment's file, without a header yet.</summary>
internal sealed record Spare(ILogFile File, string Name, long Room);
