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

    /// <summary>Where the memory for events that are not durable yet is kept, so that what was accepted outlives the process (kill -9, a crash,
    /// want of memory) and the next opening makes it durable: a directory on tmpfs, default <c>/dev/shm</c>; <c>none</c> or null for the
    /// process's own memory. Takes <see cref="BufferBytes"/> and some more there. Where it cannot be had the log works without, and says so
    /// (notice <c>BufferNotKept</c>).</summary>
    public string? BufferDirectory { get; set; } = DefaultBufferDirectory;

    internal const string DefaultBufferDirectory = "/dev/shm";

    internal bool KeepsNoBuffer => string.IsNullOrEmpty(BufferDirectory) || string.Equals(BufferDirectory, "none", StringComparison.OrdinalIgnoreCase);

    /// <summary>Longest line of one event, trailer included: 1 KiB to 16 MiB, default 256 KiB. A longer event is shortened to one
    /// that says so, or refused where the caller is told of failures.</summary>
    public int MaxEventBytes { get; set; } = 256 << 10;

    /// <summary>What happens when the buffer is full. Default <see cref="FullMode.Block"/>.</summary>
    public FullMode WhenFull { get; set; } = FullMode.Block;

    /// <summary>How long a caller waits for room in the buffer: 0 to 1 h, default 1 s. Where the buffer has been full for that long and
    /// nothing became durable meanwhile, callers do not wait again until something does.</summary>
    public TimeSpan BlockTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>For how long a drive may leave one write or flush unanswered before those who wait are told that their events are in
    /// doubt: 100 ms to 1 h, default 10 s. (The one caller whose thread is in that call waits as long as the operating system does.)</summary>
    public TimeSpan FlushTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether segments bypass the page cache. Default <see cref="DirectIOMode.Auto"/>.</summary>
    public DirectIOMode DirectIO { get; set; } = DirectIOMode.Auto;

    /// <summary>How segments get their room. Default <see cref="PreallocationMode.Auto"/>.</summary>
    public PreallocationMode Preallocation { get; set; } = PreallocationMode.Auto;

    /// <summary>What a commit does with the last, partly filled block. Default <see cref="TailBlockMode.Rewrite"/>.</summary>
    public TailBlockMode TailBlock { get; set; } = TailBlockMode.Rewrite;

    /// <summary>The most that the log's segments take on the drive: the oldest sealed ones are removed beyond it. Null (in configuration
    /// <c>none</c>) keeps all; else at least twice <see cref="SegmentBytes"/>, 128 KiB to 1 PiB. Default: null (for
    /// <c>AddDurableFile</c>, 10 GiB).</summary>
    /// <remarks>The segment that is being written counts as a full one, so that the limit holds until the next seal too; the newest
    /// sealed segment always stays. Files that were set aside (<c>.damaged</c>) do not count and are never removed. Each instance
    /// directory (<see cref="LockedMode.Instance"/>) has a limit of its own. Nothing is removed while a file named <c>SHIP</c> is in
    /// the directory.</remarks>
    public long? RetainBytes { get; set; }

    /// <summary>How long events are kept: a sealed segment is removed once its newest event is older. Null (in configuration
    /// <c>none</c>) keeps all; else 1 min to 36,525 days. Default null.</summary>
    /// <remarks>The newest sealed segment always stays, and what stands behind a younger or damaged segment waits for it: segments go
    /// in order. A clock that is suddenly ahead, also since the last run, by more than an hour and more than half of this time is
    /// believed only after it has stood so for a day: else a wrong clock would empty the log. Nothing is removed while a file named <c>SHIP</c> is in the directory.</remarks>
    public TimeSpan? RetainAge { get; set; }

    /// <summary>A file with a private ECDSA key over P-256 in PEM, which every seal is signed with: whoever holds the public key can tell, without
    /// access to this machine, that the log was sealed here and not rewritten since. Read when the log opens. Relative: under the content root, without
    /// a host under the current directory. Default: none, and seals show accidents only.</summary>
    public string? SealKeyFile { get; set; }

    /// <summary>Permissions of the files we make. Default 0640.</summary>
    public UnixFileMode FileMode { get; set; } = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>Permissions of the directories we make. Default 0750.</summary>
    public UnixFileMode DirectoryMode { get; set; } =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    /// <summary>Whether <see cref="FsyncPolicy.Always"/> may be used on a network file system (NFS, SMB, 9p, …): default false, and opening
    /// fails there, because the server decides what a flush is worth. Set it where you know that the server makes flushed bytes durable.
    /// Also silences the notices <c>NetworkDirectory</c> and <c>FuseDirectory</c> of every policy.</summary>
    public bool AllowNetworkDirectory { get; set; }

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
