using System.IO.Compression;
using DurableSink.Segments;
using DurableSink.Storage;

namespace SegmentShipper.Local;

/// <summary>
/// A segment's gzip file beside it while it is on its way: length and hashes must be known before the first byte is sent. Never
/// flushed: after a crash it is made again, with the same bytes by the same runtime.
/// </summary>
internal sealed class GzipSpool : IDisposable
{
    public const string Suffix = ".gz.shipping";

    private readonly ILogDirectory _directory;
    private readonly string _name;

    private GzipSpool(ILogDirectory directory, string name) => (_directory, _name) = (directory, name);

    public ObjectBytes Bytes { get; private set; } = null!;

    /// <exception cref="DurableSink.DurableIOException">No room, or another failure of the drive.</exception>
    public static GzipSpool Make(ILogDirectory directory, SegmentName segment)
    {
        var spool = new GzipSpool(directory, segment.Sealed + Suffix);
        using (var file = directory.Create(spool._name, Access.Plain))
        {
            try
            {
                using var plain = new LogFileStream(directory.Open(segment.Sealed, Access.Plain, write: false), dropsCache: true);
                using (var gzip = new GZipStream(new LogFileWriteStream(file), CompressionLevel.Optimal)) plain.CopyTo(gzip, 1 << 20);
                spool.Bytes = SegmentExam.Hash(spool.Open());
                return spool;
            }
            catch
            {
                spool.Dispose();
                throw;
            }
        }
    }

    public Stream Open() => new LogFileStream(_directory.Open(_name, Access.Plain, write: false));

    public void Dispose() => _directory.Delete(_name);
}
