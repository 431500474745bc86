namespace DurableSink;

/// <summary>Whether segments bypass the page cache.</summary>
public enum DirectIOMode
{
    /// <summary>Direct where the file system allows it; otherwise buffered, with a notice (D10).</summary>
    Auto,

    /// <summary>Opening fails where the file system refuses direct I/O.</summary>
    Require,

    /// <summary>Always through the page cache. Flushes are the same.</summary>
    Off,
}

/// <summary>How a segment gets its room on the drive before events come.</summary>
public enum PreallocationMode
{
    /// <summary><see cref="Written"/> under <see cref="FsyncPolicy.Always"/>, else <see cref="Reserved"/>; <see cref="None"/>
    /// on copy-on-write file systems, where overwriting in place does not exist.</summary>
    Auto,

    /// <summary>Newlines are written ahead in growing steps, so that a commit changes no metadata: the fastest commits. Only while they are
    /// small, on average below 8 KiB: with larger ones the drive takes longer to write everything twice (docs/PERFORMANCE.md).</summary>
    Written,

    /// <summary>Blocks are reserved beyond the end of the file, which moves only as events are written.</summary>
    Reserved,

    /// <summary>The file grows as it is written.</summary>
    None,
}

/// <summary>What a commit does with the last, partly filled block of the commit before it.</summary>
public enum TailBlockMode
{
    /// <summary>Writes it again with the same beginning: compact. Relies on a sector being written whole or not at all.</summary>
    Rewrite,

    /// <summary>Never touches an acknowledged block again: each commit starts at a block boundary, at up to 4 KiB each.</summary>
    Pad,
}

/// <summary>What happens to an event that finds the buffer full.</summary>
public enum FullMode
{
    /// <summary>The caller waits for room, at most <see cref="DurableLogOptions.BlockTimeout"/>.</summary>
    Block,

    /// <summary>The event is dropped at once, and counted. Callers who are told of failures get the exception instead.</summary>
    Drop,
}

/// <summary>What opening does when another process holds the directory (D8).</summary>
public enum LockedMode
{
    /// <summary>Opening fails with an error that names the holder.</summary>
    Fail,

    /// <summary>The log opens in a subdirectory of its own (<c>instance-2</c>, <c>instance-3</c>, …), with a notice.</summary>
    Instance,
}
