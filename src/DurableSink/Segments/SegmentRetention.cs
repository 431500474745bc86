using System.Globalization;
using DurableSink.Storage;
using Microsoft.Extensions.Logging;

namespace DurableSink.Segments;

/// <summary>
/// Rule 11: removes sealed segments beyond <see cref="DurableLogOptions.RetainBytes"/> or <see cref="DurableLogOptions.RetainAge"/>:
/// oldest first, each durably before the next, none behind an <c>.active</c> one, never the newest. So what a crash leaves is always the
/// end of the log without a hole. All but the counts belongs to the keeper's thread, which takes one short step at a time.
/// </summary>
internal sealed class SegmentRetention
{
    /// <summary>A file of this name makes the shipper the directory's only remover.</summary>
    public const string ShipMarker = "SHIP";

    private const long Never = long.MaxValue;

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1); // clocks step

    private readonly ILogDirectory _directory;
    private readonly DriveGate _gate;
    private readonly TimeProvider _time;
    private readonly Action<DurableNotice> _notify;
    private readonly long? _mostBytes;
    private readonly TimeSpan? _mostAge;
    private readonly Queue<SegmentName> _removable = new(); // oldest first
    private readonly HashSet<string> _told = [];
    private SegmentName? _notSealed; // the oldest active one
    private Dictionary<SegmentName, long> _lengths = [];
    private long _bytes; // of all sealed segments
    private (SegmentName Name, DateTimeOffset? Time)? _oldest; // whose seal was read
    private RetentionClock? _clock;
    private bool _isRemoving; // what was looked at is still so
    private long _dueAt; // timestamp
    private long _removedSegments;
    private long _removedBytes;

    public SegmentRetention(ILogDirectory directory, DriveGate gate, DurableLogOptions options, Action<DurableNotice> notify)
    {
        _directory = directory;
        _gate = gate;
        _time = options.TimeProvider;
        _notify = notify;
        // The segment that is being written counts as a full one: so the limit holds until the next seal too.
        _mostBytes = options.RetainBytes - options.SegmentBytes;
        _mostAge = options.RetainAge;
        _dueAt = _mostBytes == null && _mostAge == null ? Never : _time.GetTimestamp();
    }

    /// <summary>Segments removed so far.</summary>
    public long RemovedSegments => Volatile.Read(ref _removedSegments);

    /// <summary>Their bytes.</summary>
    public long RemovedBytes => Volatile.Read(ref _removedBytes);

    /// <summary>A shipper of this process has removed one.</summary>
    public void RemovedElsewhere() => Interlocked.Increment(ref _removedSegments);

    /// <summary>How long until <see cref="Step"/> has something to do; infinite where only a seal can bring that.</summary>
    public TimeSpan DueIn()
    {
        if (_dueAt == Never) return Timeout.InfiniteTimeSpan;
        var left = _time.GetElapsedTime(_time.GetTimestamp(), _dueAt);
        return left <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));
    }

    /// <summary>A segment more: one less may be kept. A log that seals all the time is kept within its limits by this step alone.</summary>
    public void AfterSeal()
    {
        if (_mostBytes == null && _mostAge == null) return;
        _isRemoving = false;
        Step();
    }

    /// <summary>Removes the oldest segment, or finds out when it is to be.</summary>
    public void Step()
    {
        _dueAt = Never; // after a failure: not again before the next seal
        try
        {
            if (!_isRemoving) Look();
            _isRemoving = false;
            if (!_removable.TryPeek(out var oldest) || !(_bytes > _mostBytes || IsTooOld(oldest)) || IsBlocked(oldest)) return;
            Remove(oldest);
            _isRemoving = true;
            _dueAt = _time.GetTimestamp();
        }
        catch (DurableLogException e)
        {
            Tell("RetentionFailed", LogLevel.Error,
                $"Old segments of '{_directory.Path}' could not be removed; it is tried again after the next seal. {e.Message}", e);
        }
    }

    private void Look()
    {
        _removable.Clear();
        var list = new SegmentList(_directory);
        if (list.HasShipMarker)
        {
            Tell("RetentionLeftToShipper", LogLevel.Information,
                $"'{_directory.Path}' holds the marker '{ShipMarker}': the shipper removes its segments, RetainBytes and RetainAge do nothing here.");
            return;
        }

        if (_mostBytes != null) Measure(list);
        if (list.Sealed is not [.., var newest]) return;
        if (_mostAge is { } age) _clock ??= new RetentionClock(_time, ReadTime(newest) ?? _time.GetUtcNow(), age);
        foreach (var name in list.Sealed[..^1]) _removable.Enqueue(name);
        _notSealed = list.Active.FirstOrDefault();
    }

    private bool IsBlocked(SegmentName oldest)
    {
        if (_notSealed is not { } active || active.FirstSequence > oldest.FirstSequence) return false;
        Tell("RetentionWaits", LogLevel.Warning,
            $"'{oldest.Sealed}' in '{_directory.Path}' is to be removed, but stays while the older '{active.Active}' is not sealed; the next opening of the log seals it.");
        return true;
    }

    /// <summary>Each length is asked for once: a sealed file's never changes.</summary>
    private void Measure(SegmentList list)
    {
        var lengths = new Dictionary<SegmentName, long>(list.Sealed.Count);
        foreach (var name in list.Sealed) lengths[name] = _lengths.TryGetValue(name, out var known) ? known : LengthOf(name);
        _lengths = lengths;
        _bytes = lengths.Values.Sum();
    }

    private long LengthOf(SegmentName name)
    {
        using var file = _directory.Open(name.Sealed, Access.Plain, write: false);
        return file.Length;
    }

    private bool IsTooOld(SegmentName oldest)
    {
        if (_mostAge is not { } age || _clock is null) return false;
        if (_oldest?.Name != oldest) _oldest = (oldest, ReadTime(oldest));
        if (_oldest?.Time is not { } time)
        {
            Tell("RetentionWaits", LogLevel.Warning,
                $"The age of '{oldest.Sealed}' in '{_directory.Path}' is not known: its seal cannot be read. It and what follows it stays, " +
                "as far as RetainBytes allows; verify the segment, and move it away by hand if it is not needed.");
            return false;
        }

        var left = time + age - _clock.Now();
        if (left <= TimeSpan.Zero) return true;
        if (time + age <= _clock.Told)
        {
            Tell("RetentionWaits", LogLevel.Warning, string.Create(CultureInfo.InvariantCulture,
                $"By the clock ({_clock.Told:yyyy-MM-ddTHH:mm:ssZ}) '{oldest.Sealed}' in '{_directory.Path}' is to be removed. But the clock has leapt ahead since the log's last event: segments stay until it has stood so for {RetentionClock.Doubt.TotalHours} h."));
        }

        var wait = left < LongestWait ? left : LongestWait;
        _dueAt = _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency) + 1;
        return false;
    }

    /// <summary>When the segment's events were over, by its seal. An event can name any time; no later one than the seal's is believed.
    /// Null where the seal cannot be read.</summary>
    private DateTimeOffset? ReadTime(SegmentName name)
    {
        using var file = _directory.Open(name.Sealed, Access.Segment, write: false);
        return SealReader.Read(file) is { } seal ? seal.MaxTime < seal.Time ? seal.MaxTime : seal.Time : null;
    }

    private void Remove(SegmentName name)
    {
        var length = _lengths.TryGetValue(name, out var known) ? known : LengthOf(name);
        _directory.Delete(name.Sealed); // no flush: a failure of it puts nothing else in doubt
        _gate.Run(_directory.Path, _directory.Flush); // before the next goes (rules 1 and 11)
        _removable.Dequeue();
        _lengths.Remove(name);
        _bytes -= length;
        _told.Clear();
        Interlocked.Add(ref _removedBytes, length);
        Interlocked.Increment(ref _removedSegments);
    }

    /// <summary>Once, until a segment is removed.</summary>
    private void Tell(string name, LogLevel level, string message, Exception? cause = null)
    {
        if (_told.Add(name)) _notify(new(level, name, message, cause));
    }
}
