using DurableSink.Bench.Durable;
using DurableSink.Bench.Events;

namespace DurableSink.Bench.Peers;

/// <summary><see cref="FileStream"/>, a lock, and a flush to the drive for each line: the least that can be written by hand.</summary>
internal sealed class FileFlushed(string folder) : IBlockingWriter
{
    private readonly Lock _lock = new();
    private readonly FileStream _file = new(Path.Combine(folder, "log.clef"), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    private long _flushes;

    public long? Flushes => Interlocked.Read(ref _flushes);

    public void Write(long n)
    {
        var line = OrderLine.Of(n);
        lock (_lock)
        {
            _file.Write(line);
#pragma warning disable RS0030 // it is what others have
            _file.Flush(flushToDisk: true);
#pragma warning restore RS0030
            _flushes++;
        }
    }

    public void Dispose() => _file.Dispose();
}
