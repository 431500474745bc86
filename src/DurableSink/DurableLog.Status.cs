namespace DurableSink;

/// <summary>What the log knows of itself.</summary>
public sealed partial class DurableLog
{
    /// <summary>How the log does now. Reads memory only: it does not wait for the drive.</summary>
    public DurableLogStatus GetStatus()
    {
        var state = State();
        return new()
        {
            Directory = Directory,
            LastSequence = state.Accepted,
            DurableSequence = state.Durable,
            Waiters = state.Waiters,
            BufferedBytes = state.BufferedBytes,
            ActiveSegments = state.ActiveSegments,
            SealedSegments = state.SealedSegments,
            IsDirectIO = IsDirectIO,
            Failure = Volatile.Read(ref _isDisposed) != 0 ? "The log is closed." : Volatile.Read(ref _hold) ?? _commit.LastFailure?.Message,
            Notices = [.. _notices.Standing.All.Where(notice => notice.Name != "SealWaits" || _keeper.WaitsForRoom)],
        };
    }
}
