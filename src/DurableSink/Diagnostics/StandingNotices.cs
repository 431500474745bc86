namespace DurableSink.Diagnostics;

/// <summary>What was told and is not over: the last notice of each kind that stands until another kind ends it, or the log is closed. May be
/// used from any thread.</summary>
internal sealed class StandingNotices
{
    /// <summary>What stands, and what ends it. What a figure tells better (a failing commit, a held log) is not here.</summary>
    private static readonly Dictionary<string, string?> EndedBy = new()
    {
        ["DriveSlow"] = "DriveAnswers",
        ["EventsDropped"] = "EventsAccepted",
        ["SealWaits"] = null, // the keeper knows when it is over
        ["SealFailed"] = null,
        ["DirectIORefused"] = null,
        ["BufferNotKept"] = null,
        ["DirectoryMoved"] = null,
    };

    private readonly Dictionary<string, DurableNotice> _standing = [];

    public void Note(DurableNotice notice)
    {
        lock (_standing)
        {
            if (EndedBy.ContainsKey(notice.Name)) _standing[notice.Name] = notice;
            foreach (var (name, end) in EndedBy)
            {
                if (end == notice.Name) _standing.Remove(name);
            }
        }
    }

    public IReadOnlyList<DurableNotice> All
    {
        get
        {
            lock (_standing) return [.. _standing.Values];
        }
    }
}
