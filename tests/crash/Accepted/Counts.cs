using System.IO.MemoryMappedFiles;

namespace DurableSink.Accepted;

/// <summary>How many appends of each thread have returned, in memory that the test owns: a thread says so after the call, before the next.</summary>
internal sealed class Counts : IDisposable
{
    public const int Threads = 8;

    private const int Line = 64; // a cache line each

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public Counts(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, Threads * Line);
        _view = _file.CreateViewAccessor();
    }

    public long this[int thread]
    {
        get => _view.ReadInt64(thread * Line);
        set => _view.Write(thread * Line, value);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
