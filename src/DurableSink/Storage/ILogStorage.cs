namespace DurableSink.Storage;

/// <summary>How a file is opened.</summary>
internal enum Access
{
    /// <summary>A segment: direct where the directory's mode and the file system allow it.</summary>
    Segment,

    /// <summary>A small file of ours (LOG, LOCK, a damaged copy): always through the page cache, any offset and length.</summary>
    Plain,
}

/// <summary>What a log asks of a directory it opens.</summary>
internal sealed record DirectorySettings(DirectIOMode DirectIO, UnixFileMode FileMode, UnixFileMode DirectoryMode)
{
    public static DirectorySettings ForReading { get; } = new(DirectIOMode.Auto, default, default);
}

/// <summary>A drive: the one seam to the file system (DESIGN §7). Everything fails with <see cref="DurableIOException"/>.</summary>
internal interface ILogStorage
{
    /// <summary>Opens a directory. With <paramref name="create"/>, makes missing ones and flushes the parent of each (rule 5).</summary>
    ILogDirectory OpenDirectory(string path, DirectorySettings settings, bool create);

    /// <summary>Opens the place for memory that outlives the process. Fails, with the reason, where the platform has none or it is none.</summary>
    ISharedMemory OpenSharedMemory(string path);

    /// <summary>What is another one after each start of the machine; null where that cannot be told.</summary>
    string? BootId { get; }
}

/// <summary>
/// One directory. Names are plain file names. A change of names is durable only after <see cref="Flush"/>. Methods may be called from
/// any thread, but not concurrently for the same name.
/// </summary>
internal interface ILogDirectory : IDisposable
{
    /// <summary>The full path.</summary>
    string Path { get; }

    /// <summary>What this directory is known by as long as it exists, moved or not; a copy of it is another one.</summary>
    string Identity { get; }

    /// <summary>The kind of file system, such as <c>ext4</c>.</summary>
    string FileSystem { get; }

    /// <summary>Whether writes here happen in place; false on copy-on-write file systems (btrfs, zfs).</summary>
    bool WritesInPlace { get; }

    /// <summary>Whether another machine keeps the files: what a flush is worth is then decided there.</summary>
    bool IsNetwork { get; }

    /// <summary>The names of the plain files, unordered.</summary>
    IReadOnlyList<string> List();

    /// <summary>The names of the directories in it, unordered; links are none.</summary>
    IReadOnlyList<string> ListDirectories();

    /// <summary>Makes a new file, for reading and writing; fails with EEXIST where the name is taken. Never follows a link.</summary>
    ILogFile Create(string name, Access access);

    /// <summary>Opens an existing file, read-only unless <paramref name="write"/>. Never follows a link.</summary>
    ILogFile Open(string name, Access access, bool write);

    /// <summary>Renames without replacing: fails with EEXIST where <paramref name="to"/> is taken (rule 8).</summary>
    void Rename(string from, string to);

    /// <summary>Removes a name.</summary>
    void Delete(string name);

    /// <summary>Whether two names stand for one file: a rename by link and unlink that a crash cut in half (rule 8).</summary>
    bool IsSameFile(string name, string other);

    /// <summary>Makes all names durable (fsync of the directory).</summary>
    void Flush();

    /// <summary>Bytes that a file here can still take, as far as the file system can tell.</summary>
    long FreeBytes { get; }

    /// <summary>Whether somebody removed the directory while it was in use.</summary>
    bool IsRemoved { get; }

    /// <summary>Whether the path leads elsewhere by now, as far as the platform can tell: somebody moved the directory away.</summary>
    bool IsMoved { get; }

    /// <summary>Where it was removed: goes on with the directory that stands at the path now, made anew when missing (rule 5). Files that
    /// are open stay what they are.</summary>
    void Reopen();

    /// <summary>
    /// Takes the directory's lock on the file <paramref name="name"/>, made when missing, and writes <paramref name="holder"/> into it.
    /// Null when another holder has it; <paramref name="currentHolder"/> is then what that one wrote. Held until disposed; the file stays.
    /// </summary>
    IDisposable? TryLock(string name, string holder, out string currentHolder);
}

/// <summary>
/// One file. In a direct file (<see cref="IsDirect"/>), offsets, lengths and memory of reads and writes are multiples of
/// <see cref="Alignment"/>, and memory comes from <see cref="AlignedMemory"/>. Not thread-safe, except that calls of <see cref="Read"/>
/// may run beside each other and beside a write.
/// </summary>
internal interface ILogFile : IDisposable
{
    /// <summary>The full path, for messages. Whoever renames an open file sets it.</summary>
    string Path { get; set; }

    /// <summary>Whether reads and writes bypass the page cache.</summary>
    bool IsDirect { get; }

    /// <summary>Alignment in bytes, at least 4096 for segments.</summary>
    int Alignment { get; }

    /// <summary>The present length in bytes.</summary>
    long Length { get; }

    /// <summary>False where somebody removed the file's name: what is written to it ends with the process.</summary>
    bool IsLinked { get; }

    /// <summary>Writes all bytes, or fails: a short write is a failure. Not durable.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Writes all bytes and returns when they are durable, with one system call. False, with nothing written, where the platform has no
    /// such call. Hardens only its own bytes (rule 2).
    /// </summary>
    bool TryWriteDurable(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Makes written bytes durable (fdatasync). A failed flush is never to be tried again (D3).</summary>
    void Flush();

    /// <summary>Makes bytes, length and attributes durable (fsync).</summary>
    void FlushAll();

    /// <summary>Reads up to <c>into.Length</c> bytes; fewer only at the end of the file.</summary>
    int Read(long offset, Span<byte> into);

    /// <summary>Cuts the file to <paramref name="length"/> and gives room beyond it back. Never used to grow a file.</summary>
    void Truncate(long length);

    /// <summary>Reserves room without moving the end of the file. False where the file system cannot.</summary>
    bool TryReserve(long offset, long length);

    /// <summary>Drops this file's clean pages from the page cache, so that the next read comes from the drive (rule 9).</summary>
    void DropCache();
}
