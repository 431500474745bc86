using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Tooling.Recovering;

/// <summary>What opening a log would do now, by the engine's own recovery on a <see cref="DryDirectory"/>.</summary>
internal static class DryRecovery
{
    private const int NotThere = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1); // a log may roll faster than a busy machine looks

    /// <summary>The segments that were found, and what would become of those that are not sealed. Where the log is being written, a file
    /// may be renamed under it: then all is looked at again.</summary>
    public static (SegmentList Found, RecoveryReport Report) Run(ILogDirectory files, TimeProvider time)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            using var dry = new DryDirectory(files);
            try
            {
                return (dry.Found, new Recovery(dry, IdentityOf(dry), TailBlockMode.Rewrite, time).Run().Report);
            }
            catch (DurableIOException e) when (e.Errno == NotThere && time.GetElapsedTime(started) < Patience)
            {
                // Sealed or removed meanwhile.
            }
        }
    }

    /// <summary>The number of the event before the next one, once the log is open. Nobody may be writing it.</summary>
    public static long LastSequence(ILogDirectory files, TimeProvider time)
    {
        using var dry = new DryDirectory(files);
        return new Recovery(dry, IdentityOf(dry), TailBlockMode.Rewrite, time).Run().NextSequence - 1;
    }

    /// <summary>Of a copy without the file LOG, what its segments say.</summary>
    private static LogIdentity IdentityOf(DryDirectory files)
    {
        if (files.List().Contains(LogIdentity.FileName)) return LogIdentity.Read(files);
        var list = new SegmentList(files);
        var name = list.Sealed.Concat(list.Active).Concat(list.Damaged).First().Log;
        return new(LogIdentity.IdOf(files) ?? "", name);
    }
}
