using System.Collections.Concurrent;
using DurableSink.Hosting;
using DurableSink.Tests.Events;

namespace DurableSink.Tests.Logging;

/// <summary>A log that keeps the bodies it is given.</summary>
internal sealed class CapturingLog : ILineTarget
{
    private readonly ConcurrentQueue<Appended> _lines = new();

    public DurableLog Log => throw new NotSupportedException("there is no real log behind this one");

    public int MaxBodyBytes { get; init; } = 256 << 10;

    public Exception? FailsWith { get; set; }

    public int TimesDisposed { get; private set; }

    public IReadOnlyList<Appended> Lines => [.. _lines];

    public long AppendLine(ReadOnlySpan<byte> body, bool waitDurable, bool told)
    {
        if (FailsWith is not null) return told ? throw FailsWith : 0;
        _lines.Enqueue(new(Body.Checked(body), waitDurable, told));
        return _lines.Count;
    }

    /// <summary>How many lines there were at each flush, and who asked.</summary>
    public List<(int Lines, bool Told)> Flushes { get; } = [];

    public void Flush(bool told)
    {
        Flushes.Add((_lines.Count, told));
        if (FailsWith is not null && told) throw FailsWith;
    }

    public void Dispose() => TimesDisposed++;

    public ValueTask DisposeAsync()
    {
        TimesDisposed++;
        return default;
    }

    internal sealed record Appended(string Body, bool WaitsDurable, bool Told);
}
