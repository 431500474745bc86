namespace DurableSink.Diagnostics;

/// <summary>Tells the options' listener, and never more of one kind than it can read: a drive that fails and recovers all day is not
/// told of all day.</summary>
internal sealed class Notices(DurableLogOptions options)
{
    private const int PerPeriod = 10;
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Kind> _kinds = [];

    /// <summary>Also of what nobody was told.</summary>
    public StandingNotices Standing { get; } = new();

    public void Tell(DurableNotice notice)
    {
        Standing.Note(notice);
        if (options.OnNotice is null) return;
        int leftOut;
        lock (_kinds)
        {
            if (!Admit(notice.Name, out leftOut)) return;
        }

        if (leftOut > 0) notice = notice with { Message = $"{notice.Message} ({leftOut} more like this were left out before.)" };
        Telling.Notify(options, notice);
    }

    private bool Admit(string name, out int leftOut)
    {
        leftOut = 0;
        if (!_kinds.TryGetValue(name, out var kind)) _kinds[name] = kind = new Kind { Since = options.TimeProvider.GetTimestamp() };
        if (options.TimeProvider.GetElapsedTime(kind.Since) >= Period) (kind.Since, kind.Told) = (options.TimeProvider.GetTimestamp(), 0);
        if (++kind.Told > PerPeriod)
        {
            kind.LeftOut++;
            return false;
        }

        (leftOut, kind.LeftOut) = (kind.LeftOut, 0);
        return true;
    }

    private sealed class Kind
    {
        public long Since { get; set; }

        public int Told { get; set; }

        public int LeftOut { get; set; }
    }
}
