namespace DurableSink;

/// <summary>
/// Options of a log. The names are a contract: the same in code, in configuration and in every tool. They are read when the log
/// opens; changing them later has no effect on an open log.
/// </summary>
public class DurableLogOptions
{
    /// <summary>The directory that holds this log and nothing else. Default: <c>logs/&lt;LogName&gt;</c> under the content root
    /// (for <see cref="DurableLog.Open"/>, under the current directory). Created when missing.</summary>
    public string? Directory { get; set; }

    /// <summary>The log's name, which begins each segment's file name: 1 to 64 of <c>A–Z a–z 0–9 . _ -</c>, beginning with a letter
    /// or digit. Default: the application's name, other characters replaced by <c>_</c>.</summary>
    public string? LogName { get; set; }

    /// <summary>When events become durable. Default <see cref="FsyncPolicy.Batch"/>.</summary>
    public FsyncPolicy Fsync { get; set; } = FsyncPolicy.Batch;

    /// <summary>Longest time between acceptance and commit under Batch and Os: 1 ms to 10 s, default 5 ms.</summary>
    public TimeSpan BatchWindow { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>A segment is sealed before it grows beyond this: 64 KiB to 1 TiB, at least twice <see cref="MaxEventBytes"/>;
    /// default 64 MiB.</summary>
    public long SegmentBytes { get; set; } = 64L << 20;

    /// <summary>A segment is sealed at this age, and at each full UTC hour: 1 s to 1 day, default 1 h. A log without events
    /// never rolls.</summary>
    public TimeSpan SegmentAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Memory for events that are not durable yet: 64 KiB to 1 GiB, at least four times <see cref="MaxEventBytes"/> and
    /// 64 KiB; default 16 MiB.</summary>
    public int BufferBytes { get; set; } = 16 << 20;

    /// <summary>Longest line of one event, trailer included: 1 KiB to 16 MiB, default 256 KiB. A longer event is shortened to one
    /// that says so, or refused where the caller is told of failures.</summary>
    public int MaxEventBytes { get; set; } = 256 << 10;

    /// <summary>What happens when the buffer is full. Default <see cref="FullMode.Block"/>.</summary>
    public FullMode WhenFull { get; set; } = FullMode.Block;

    /// <summary>How long a caller waits for room in the buffer: 0 to 1 h, default 1 s.</summary>
    public TimeSpan BlockTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether segments bypass the page cache. Default <see cref="DirectIOMode.Auto"/>.</summary>
    public DirectIOMode DirectIO { get; set; } = DirectIOMode.Auto;

    /// <summary>How segments get their room. Default <see cref="PreallocationMode.Auto"/>.</summary>
    public PreallocationMode Preallocation { get; set; } = PreallocationMode.Auto;

    /// <summary>What a commit does with the last, partly filled block. Default <see cref="TailBlockMode.Rewrite"/>.</summary>
    public TailBlockMode TailBlock { get; set; } = TailBlockMode.Rewrite;

    /// <summary>Permissions of the files we make. Default 0640.</summary>
    public UnixFileMode FileMode { get; set; } = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>Permissions of the directories we make. Default 0750.</summary>
    public UnixFileMode DirectoryMode { get; set; } =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    /// <summary>What opening does when another process holds the directory. Default <see cref="LockedMode.Fail"/>.</summary>
    public LockedMode WhenLocked { get; set; } = LockedMode.Fail;

    /// <summary>How long opening waits for another process to let go of the directory (rolling restarts overlap): 0 to 10 min,
    /// default 10 s.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long closing waits for the last events to become durable and the last segment to be sealed: 0 to 10 min,
    /// default 10 s. What could not be written is reported.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Told of what an operator should know (direct I/O refused, a segment poisoned, events dropped, …). Called from any
    /// thread, never while a lock of the log is held; an exception out of it is ignored. The thread that reports may be the
    /// one that commits, so what is called from there must not wait for the same log: a log call does not wait, and appending or
    /// flushing that would wait throws <see cref="DurableLogException"/>. Default: nobody for
    /// <see cref="DurableLog.Open"/>; the <c>DurableSink</c> logging category in an application with a host.</summary>
    public Action<DurableNotice>? OnNotice { get; set; }

    /// <summary>The source of all time in the log. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal DurableLogOptions Clone() => (DurableLogOptions)MemberwiseClone();
}
