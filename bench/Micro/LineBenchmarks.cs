using BenchmarkDotNet.Attributes;
using DurableSink.Bench.Events;
using DurableSink.Events;
using DurableSink.Segments;

namespace DurableSink.Bench.Micro;

/// <summary>An event becomes a line: its body, then its trailer with the hash; and the check of both that a reader does.</summary>
[MemoryDiagnoser]
public class LineBenchmarks
{
    private readonly DurableEvent _event = Order.Event(1);
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private byte[] _line = [];
    private int _body;

    [GlobalSetup]
    public void Setup()
    {
        var line = EventLine.Rent();
        ClefWriter.Write(line, _event, _now);
        _body = line.Length;
        _line = new byte[_body + LineTrailer.Length(1_000_000, withDurable: false)];
        line.Bytes.CopyTo(_line);
        LineTrailer.Write(_line, _body, 1_000_000, withDurable: false);
        EventLine.Return(line);
    }

    [Benchmark]
    public int Body()
    {
        var line = EventLine.Rent();
        ClefWriter.Write(line, _event, _now);
        var length = line.Length;
        EventLine.Return(line);
        return length;
    }

    [Benchmark]
    public ulong? Trailer() => LineTrailer.Write(_line, _body, 1_000_000, withDurable: false);

    [Benchmark]
    public bool Check() => LineTrailer.TryRead(_line.AsSpan(0, _line.Length - 1), out _, out _);
}
