using BenchmarkDotNet.Attributes;
using DurableSink.Bench.Events;

namespace DurableSink.Bench.Micro;

/// <summary>An event is accepted: formatted, numbered, copied into the commit buffer. Under Batch; the drive is on another thread, and its
/// back pressure is part of the mean.</summary>
[MemoryDiagnoser]
public class AppendBenchmarks
{
    private readonly string _folder = Path.GetFullPath(Path.Combine("artifacts", $"micro-{Guid.NewGuid():n}"));
    private readonly DurableEvent _event = Order.Event(1);
    private DurableLog _log = null!;

    [GlobalSetup]
    public void Setup() => _log = DurableLog.Open(new() { Directory = _folder, LogName = "micro", RetainBytes = 1L << 30 });

    [GlobalCleanup]
    public void Cleanup()
    {
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark]
    public long Append() => _log.Append(_event);
}
