using BenchmarkDotNet.Attributes;
using DurableSink.Bench.Events;
using DurableSink.Segments;
using DurableSink.Storage;

namespace DurableSink.Bench.Micro;

/// <summary>Recovery's scan of one segment of 16 MiB: read, check every line, hash; alone as sealing does it, in threads as opening does.</summary>
public class ScanBenchmarks
{
    private readonly string _folder = Path.GetFullPath(Path.Combine("artifacts", $"micro-{Guid.NewGuid():n}"));
    private ILogDirectory _files = null!;
    private ILogFile _file = null!;

    [Params(false, true)]
    public bool InParallel { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        using (var log = DurableLog.Open(new() { Directory = _folder, LogName = "micro" }))
        {
            for (var n = 0L; n < (16 << 20) / 245; n++) log.Append(Order.Event(n));
        }
        _files = LogStorage.ForThisPlatform().OpenDirectory(_folder, DirectorySettings.ForReading, create: false);
        _file = _files.Open(_files.List().Single(f => f.EndsWith(".clef", StringComparison.Ordinal)), Access.Segment, write: false);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _file.Dispose();
        _files.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark]
    public bool Scan() => SegmentScanner.Scan(_file, inParallel: InParallel).Seal != null;
}
