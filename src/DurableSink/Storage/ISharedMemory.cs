namespace DurableSink.Storage;

/// <summary>
/// A place for memory that outlives the process, and not the machine's running: files on a file system that is memory. May be used from any
/// thread.
/// </summary>
internal interface ISharedMemory : IDisposable
{
    /// <summary>The names that are there, unordered.</summary>
    IReadOnlyList<string> List();

    /// <summary>Makes a new one of zeros, all its room taken, held by this process until it is disposed. Fails with
    /// <see cref="DurableIOException"/>.</summary>
    SharedBlock Create(string name, int length);

    /// <summary>Takes one that a process left which is no more; null where a living one holds it, and where it is none of this user's.</summary>
    SharedBlock? TryTake(string name);
}

/// <summary>One of its blocks, mapped and held.</summary>
/// <param name="memory">Its bytes: aligned, and fit for direct I/O.</param>
/// <param name="letGo">Lets go of it; with true, removes it too.</param>
internal sealed class SharedBlock(AlignedMemory memory, Action<bool> letGo) : IDisposable
{
    private bool _isDone;

    public AlignedMemory Memory => memory;

    /// <summary>It is not needed any more.</summary>
    public void Delete() => End(delete: true);

    /// <summary>It stays, for the next process.</summary>
    public void Dispose() => End(delete: false);

    private void End(bool delete)
    {
        if (_isDone) return;
        _isDone = true;
        letGo(delete);
        memory.Dispose();
    }
}
