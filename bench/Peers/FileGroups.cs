namespace DurableSink.Bench.Peers;

/// <summary>Group commit over <see cref="FileStream"/> and its flush to the drive.</summary>
internal sealed class FileGroups : GroupCommitter
{
    private readonly FileStream _file;

    public FileGroups(string folder)
    {
        _file = new(Path.Combine(folder, "log.clef"), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 64 << 10);
        Start();
    }

    public override void Dispose()
    {
        base.Dispose();
        _file.Dispose();
    }

    protected override void Commit(IEnumerable<byte[]> lines)
    {
        foreach (var line in lines) _file.Write(line);
#pragma warning disable RS0030 // it is what others have
        _file.Flush(flushToDisk: true);
#pragma warning restore RS0030
    }
}
